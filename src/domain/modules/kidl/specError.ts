/** A position in a specification, counted from one. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** An error in a specification, with its position. */
export class SpecError extends Error {
  constructor(what: string, place: Place) {
    super(`Error at line ${place.line}, column ${place.column}: ${what}`);
  }
}

/** An error in a definition; the parser adds the position. */
export class Problem extends Error {}

/** An error in a specification that KBase reports without a position. */
export class SpecErrorWithoutPlace extends Error {}

/** The position of an offset in the text. */
export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
  return { line, column: offset - start + 1 };
}
