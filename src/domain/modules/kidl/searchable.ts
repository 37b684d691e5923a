import type { Annotations } from './annotations.ts';
import { type TypeNode, underlying } from './definition.ts';
import type { Printable } from './jackson.ts';
import { Problem } from './specError.ts';

/** The parts of a structure that `@searchable ws_subset` names. They are only shown in the JSON Schema. */
export interface SearchableSubset {
  readonly fields: Printable;
  readonly keys: Printable;
}

type Subset = Map<string, Subset>;

/** The most paths of one type; the largest of KBase's has some fifty. */
const MAX_PATHS = 1_000;
const MAX_DEPTH = 50;

/**
 * The subset that lines such as `@searchable ws_subset a.b keys_of(c.[*].d) e.(f,g)` name: `[*]` stands for the items
 * of a list, `*` for the values of a mapping. Undefined without any such line.
 *
 * @throws Problem when a path names what the structure does not have, in the words of KBase's compiler
 */
export function searchableSubset(type: TypeNode, { searchable }: Annotations): SearchableSubset | undefined {
  if (searchable.length === 0) return undefined;
  const fields: Subset = new Map();
  const keys: Subset = new Map();
  const reader = new PathReader();
  for (const [context, ...words] of searchable) {
    if (context === undefined) throw new Problem('Searchable annotations without type are not supported');
    if (context !== 'ws_subset') throw new Problem(`Searchable annotations of type ${context} are not supported`);
    const structure = underlying(type);
    if (structure.kind !== 'structure') {
      throw new Problem('Searchable annotation should be used only for structures');
    }
    for (const word of glued(words)) {
      const [, inner] = /^keys_of\((.*)\)$/.exec(word) ?? [];
      const ofKeys = inner !== undefined;
      reader.add(ofKeys ? keys : fields, inner ?? word, { type: structure, prefix: '', ofKeys, depth: 0 });
    }
  }
  return { fields: sorted(fields), keys: sorted(keys) };
}

/** The subset as both a JSON Schema and a parsing structure show it. */
export const printableSubset = ({ fields, keys }: SearchableSubset): Printable =>
  new Map([
    ['fields', fields],
    ['keys', keys],
  ]);

/** Joins words that were separated only by white space around a bracket, a dot or a comma. */
function glued(words: readonly string[]): string[] {
  const found: string[] = [];
  for (const word of words) {
    const before = found.at(-1);
    const belongs =
      before !== undefined &&
      ((before === 'keys_of' && word.startsWith('(')) ||
        /[(.,]$/.test(before) ||
        word === ')' ||
        word.startsWith('.') ||
        word.startsWith(','));
    if (belongs) found[found.length - 1] = `${before}${word}`;
    else found.push(word);
  }
  return found;
}

/** Where in a type a path, or the rest of one, begins. */
interface Start {
  readonly type: TypeNode;
  /** The part of the path before it, for messages. */
  readonly prefix: string;
  /** Whether the path names a mapping whose keys are meant. */
  readonly ofKeys: boolean;
  readonly depth: number;
}

class PathReader {
  #paths = 0;

  add(subset: Subset, text: string, start: Start): void {
    if (start.depth > MAX_DEPTH) throw new Problem(`A searchable annotation is more than ${MAX_DEPTH} levels deep`);
    for (const path of split(text, ',')) {
      this.#paths += 1;
      if (this.#paths > MAX_PATHS) throw new Problem(`Searchable annotations have more than ${MAX_PATHS} paths`);
      const [key = '', rest] = cut(path);
      const found = within(start, key);
      const inner = subset.get(key) ?? new Map();
      if (rest !== undefined) {
        const left = /^\((.*)\)$/.exec(rest)?.[1] ?? rest;
        this.add(inner, left, { ...start, type: found, prefix: `${start.prefix}${key}.`, depth: start.depth + 1 });
      } else if (start.ofKeys) {
        assertKind({ ...start, type: found }, key, 'mapping');
      }
      subset.set(key, inner);
    }
  }
}

/** The type that one part of a path leads to. @throws Problem */
function within(start: Start, key: string): TypeNode {
  const { prefix } = start;
  if (key === '*') return underlying(assertKind(start, key, 'mapping').value);
  if (key === '[*]') return underlying(assertKind(start, key, 'list').item);
  const { fields } = assertKind(start, key, 'structure');
  const field = fields.find(({ name }) => name === key);
  if (field === undefined) {
    throw new Problem(`Can not match path ${prefix}${key} in searchable annotation to any field in actual structure`);
  }
  return underlying(field.type);
}

/** @throws Problem */
function assertKind<K extends 'mapping' | 'list' | 'structure'>(
  { prefix, type }: Start,
  key: string,
  kind: K,
): TypeNode & { readonly kind: K } {
  if (type.kind === kind) return type as TypeNode & { readonly kind: K };
  const where = `Can not match path ${prefix}${key} in searchable annotation`;
  throw new Problem(`${where} to a ${kind}, actual type is ${KINDS[type.kind]}`);
}

const KINDS: Readonly<Record<TypeNode['kind'], string>> = {
  int: 'scalar',
  float: 'scalar',
  string: 'scalar',
  object: 'UnspecifiedObject',
  list: 'list',
  mapping: 'mapping',
  tuple: 'tuple',
  structure: 'structure',
  named: 'typedef',
};

/** The first part of a path, and the rest after its dot. A leading dot does not separate. */
function cut(path: string): readonly [string, string?] {
  const at = indexOutside(path, '.', 0);
  return at > 0 ? [path.slice(0, at), path.slice(at + 1)] : [path];
}

/** The parts between separators outside of brackets. A leading separator does not separate. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  for (let at = indexOutside(text, separator, 0); at > begin; at = indexOutside(text, separator, begin)) {
    parts.push(text.slice(begin, at));
    begin = at + 1;
  }
  return [...parts, text.slice(begin)];
}

/** The index of a character outside of brackets, from an offset on; -1 if there is none. */
function indexOutside(text: string, character: string, from: number): number {
  let open = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') open += 1;
    else if (text[at] === ')') open -= 1;
    else if (open === 0 && text[at] === character) return at;
  }
  return -1;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

const sorted = (subset: Subset): Printable =>
  new Map([...subset].sort(byName).map(([key, inner]) => [key, sorted(inner)]));
