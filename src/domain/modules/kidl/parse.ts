import { commentText } from './comment.ts';
import type { Module } from './definition.ts';
import { Grammar } from './grammar.ts';
import type { Includes } from './scope.ts';
import { placeOf, SpecError, SpecErrorWithoutPlace } from './specError.ts';
import { tokenize } from './tokens.ts';

const MAX_BYTES = 500_000;

const grammar = new Grammar();

/**
 * Parses a specification of one module in KBase's interface language.
 *
 * @param includes the modules that its `#include` lines name
 * @throws SpecError with the line and column, SpecErrorWithoutPlace
 */
export function parseSpec(text: string, includes: Includes): Module {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new SpecError(`the specification is larger than ${MAX_BYTES} bytes`, { line: 1, column: 1 });
  }
  const { tokens, comments } = tokenize(text);
  const modules = grammar.read(tokens, includes, commentsBefore(comments));
  const [error] = grammar.errors;
  if (error !== undefined) {
    // The token for the end of the text has no position.
    const { startLine, startColumn } = error.token;
    const known = startLine !== undefined && Number.isFinite(startLine) && startColumn !== undefined;
    throw new SpecError(
      error.message,
      known ? { line: startLine, column: startColumn } : placeOf(text, text.trimEnd().length),
    );
  }
  const [module, ...others] = modules;
  if (module === undefined || others.some(({ service }) => service !== module.service)) {
    throw new SpecErrorWithoutPlace('Spec-file should consist of only one service');
  }
  if (others.length > 0) throw new SpecErrorWithoutPlace('Spec-file should consist of only one module');
  return module;
}

/**
 * Finds the comment of the definition at an offset: the last one between there and the end of the definition before.
 */
function commentsBefore(comments: readonly { readonly startOffset: number; readonly image: string }[]) {
  let next = 0;
  let last: { readonly startOffset: number; readonly image: string } | undefined;
  return (offset: number, after: number): string => {
    for (; next < comments.length; next += 1) {
      const comment = comments[next];
      if (comment === undefined || comment.startOffset > offset) break;
      last = comment;
    }
    return last === undefined || last.startOffset < after ? '' : commentText(last.image);
  };
}
