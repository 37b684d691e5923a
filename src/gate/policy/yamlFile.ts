import {
  type Document,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
} from 'yaml';
import { nearest } from '../../base/nearest.ts';
import type { PolicyProblem } from './problems.ts';

/** Leads to a value in the file. */
export type Path = readonly (string | number)[];

/** A parsed YAML file that knows where each of its values stands. */
export interface YamlFile {
  readonly value: unknown;
  /** What is wrong with the value at this path; at the nearest value above it if there is none. */
  problemAt(path: Path, text: string): PolicyProblem;
}

/** Aliases could make a small file a large value, and policies need none. */
const MAX_ALIASES = 0;

/** @returns the problems if the text is not one YAML document of plain values */
export function readYaml(text: string): YamlFile | readonly PolicyProblem[] {
  const lines = new LineCounter();
  const plain = { version: '1.2', schema: 'core', stringKeys: true } as const;
  const document = parseDocument(text, { ...plain, lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    // An empty file has no line yet.
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) return wrong.map((error) => ({ ...place(error.pos[0]), text: sentenceOf(error) }));
  const problemAt = (path: Path, sentence: string): PolicyProblem => ({
    ...place(offsetOf(document, path)),
    text: sentence,
  });
  try {
    return { value: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {}, problemAt };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return [{ line: 1, column: 1, text: 'a policy cannot have aliases (*name): write the value in each place' }];
  }
}

const sentenceOf = ({ code, message }: Pick<YAMLParseError, 'code' | 'message'>): string =>
  code === 'NON_STRING_KEY' ? 'a key must be a text, not a list or a map' : message;

/** The offset of a value, or of its key if the last step names a key. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = (document.contents as Node | null)?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!isPair(pair)) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else {
      const item: unknown = node !== null && typeof node === 'object' && 'get' in node ? itemOf(node, step) : undefined;
      if (item === undefined) return offset;
      node = item;
      offset = (node as Node).range?.[0] ?? offset;
    }
  }
  return offset;
}

const itemOf = (node: object, step: string | number): unknown =>
  'items' in node && Array.isArray(node.items) ? node.items[Number(step)] : undefined;

/** A name that is not among the known ones, with advice. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `there is no ${what} ${name}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}
