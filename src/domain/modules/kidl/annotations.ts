import type { Extraction, IdReference, Range } from '../dataType.ts';
import { readRange } from './range.ts';
import { Problem } from './specError.ts';

/** The annotations of a comment: its lines that begin with @. */
export interface Annotations extends FunctionAnnotations {
  /** The optional fields of a structure; undefined without any `@optional`. */
  readonly optional?: readonly string[];
  readonly id?: IdReference;
  readonly range?: Range;
  readonly metadata: readonly Extraction[];
  /** The words after each `@searchable`. */
  readonly searchable: readonly (readonly string[])[];
}

/** The annotations that functions and types have in common. */
export interface FunctionAnnotations {
  /** Undefined unless it is deprecated; else what to use instead, which may be empty. */
  readonly deprecated?: string;
  /** All others, by name. */
  readonly unknown: ReadonlyMap<string, readonly string[]>;
}

/** @throws Problem, in the words of KBase's compiler */
export function readAnnotations(comment: string): Annotations {
  const metadata = new Map<string, Extraction>();
  const searchable: string[][] = [];
  const unknown = new Map<string, string[]>();
  const found: { -readonly [K in 'optional' | 'id' | 'range' | 'deprecated']?: Annotations[K] } = {};
  for (const [mark = '', ...words] of linesOf(comment)) {
    if (mark === '@optional') found.optional = [...(found.optional ?? []), ...words];
    else if (mark === '@id') found.id = readId(words);
    else if (mark === '@range') found.range = readRange(words.join(''));
    else if (mark === '@metadata') addMetadata(metadata, words);
    else if (mark === '@searchable') searchable.push(words);
    else if (mark === '@deprecated') found.deprecated = readDeprecated(words);
    else if (mark.startsWith('@')) unknown.set(mark.slice(1), words);
  }
  return { ...found, metadata: [...metadata.values()], searchable, unknown };
}

/** For a function, only `@deprecated` has a meaning. @throws Problem */
export function readFunctionAnnotations(comment: string): FunctionAnnotations {
  const unknown = new Map<string, string[]>();
  let deprecated: string | undefined;
  for (const [mark = '', ...words] of linesOf(comment)) {
    if (mark === '@deprecated') deprecated = readDeprecated(words);
    else if (mark.startsWith('@')) unknown.set(mark.slice(1), words);
  }
  return { ...(deprecated === undefined ? {} : { deprecated }), unknown };
}

const linesOf = (comment: string) =>
  comment.split('\n').map((line) => line.split(/[ \t]+/).filter((word) => word !== ''));

function readDeprecated([replacement = '', ...more]: readonly string[]): string {
  if (more.length > 0) throw new Problem('deprecation annotations may have at most one argument');
  return replacement;
}

function readId([idType, ...attributes]: readonly string[]): IdReference {
  if (idType === undefined) throw new Problem('Id annotations without type are not supported');
  return { idType, attributes };
}

function addMetadata(found: Map<string, Extraction>, [context, ...words]: readonly string[]): void {
  const invalid = (why: string) => new Problem(`metadata annotation is invalid, ${why}`);
  if (context !== 'ws') {
    throw context === undefined
      ? invalid("must define at least the context for specifying the metadata (e.g. 'ws')")
      : invalid(`unsupported meta data type; only valid type is 'ws', you gave: ${context}`);
  }
  const as = words.findIndex((word) => word.toLowerCase() === 'as');
  const expression = words.slice(0, as < 0 ? undefined : as).join('');
  const name = as < 0 ? expression : words.slice(as + 1).join(' ');
  if (expression === '' || name === '') {
    throw invalid('must say what to extract and under which name: @metadata ws [expression] as [metadata_name]');
  }
  if (found.has(name)) {
    throw invalid(`you cannot redefine a metadata name; attempted to redefine '${name}'`);
  }
  found.set(name, { expression, name });
}
