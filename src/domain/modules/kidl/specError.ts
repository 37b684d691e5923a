/** A place in a specification, counted from one. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a specification, and where. */
export class SpecError extends Error {
  constructor(what: string, place: Place) {
    super(`Error at line ${place.line}, column ${place.column}: ${what}`);
  }
}

/** What is wrong with a definition; the place is added by who knows it. */
export class Problem extends Error {}

/** The place of an offset in the text. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: offset - start + 1 };
}
