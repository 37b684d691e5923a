import { RE2JS } from 're2js';

/**
 * A regular expression with the syntax of RE2, which takes linear time on every text.
 *
 * @returns whether it matches somewhere in a text
 * @throws an Error that says what is wrong with the expression
 */
export function linearPattern(source: string): (text: string) => boolean {
  const compiled = RE2JS.compile(source);
  return (text) => compiled.matcher(text).find();
}
