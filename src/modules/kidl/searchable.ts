import { type TypeNode, underlying } from './definition.ts';
import type { Printable } from './jackson.ts';

type Subset = Map<string, Subset>;

/** Fields of a structure and what of them, as `@searchable ws_subset` names it: nothing is done with it but showing it. */
const MAX_WORDS = 1_000;

/**
 * What `@searchable ws_subset a.b keys_of(c) d.(e,f)` names in a structure; what it does not have is left out, as KBase
 * does. Undefined without any such line.
 */
export function searchableSubset(
  type: TypeNode,
  lines: readonly (readonly string[])[],
): ReadonlyMap<string, Printable> | undefined {
  if (lines.length === 0) return undefined;
  const fields: Subset = new Map();
  const keys: Subset = new Map();
  for (const [context, ...words] of lines) {
    if (context !== 'ws_subset') continue;
    for (const word of glued(words).slice(0, MAX_WORDS)) {
      const [, inner] = /^keys_of\((.*)\)$/.exec(word) ?? [];
      add(inner === undefined ? fields : keys, type, inner ?? word);
    }
  }
  return new Map([
    ['fields', sorted(fields)],
    ['keys', sorted(keys)],
  ]);
}

/** Words that spaces around a bracket, a dot or a comma have torn apart. */
function glued(words: readonly string[]): string[] {
  const text = words.join(' ');
  return text
    .replace(/ ?([.,(]) ?/g, '$1')
    .replace(/ \)/g, ')')
    .split(' ')
    .filter((word) => word !== '');
}

function add(subset: Subset, type: TypeNode, selection: string): void {
  for (const part of split(selection, ',')) {
    const [key = '', ...rest] = split(part, '.');
    const structure = underlying(type);
    const field = structure.kind === 'structure' ? structure.fields.find((f) => f.name === key) : undefined;
    if (field === undefined) continue;
    const name = underlying(field.type).kind === 'mapping' ? `mapping.${key}` : key;
    const inner = subset.get(name) ?? new Map();
    subset.set(name, inner);
    const left = rest.join('.').replace(/^\((.*)\)$/, '$1');
    if (left !== '') add(inner, within(field.type), left);
  }
}

/** What the items of a list and the values of a mapping are. */
function within(type: TypeNode): TypeNode {
  const inner = underlying(type);
  if (inner.kind === 'list') return within(inner.item);
  return inner.kind === 'mapping' ? within(inner.value) : inner;
}

/** Splits where no bracket is open. */
function split(text: string, separator: string): string[] {
  const parts = [''];
  let open = 0;
  for (const character of text) {
    if (character === '(') open += 1;
    if (character === ')') open -= 1;
    if (character === separator && open === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function sorted(subset: Subset): Printable {
  return new Map([...subset].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
