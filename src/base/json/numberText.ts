/** A JSON number as text: JavaScript's numbers lose digits above 2^53 and beyond 17 places. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
