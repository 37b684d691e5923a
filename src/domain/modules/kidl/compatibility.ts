import { isDeepStrictEqual } from 'node:util';
import type { Funcdef, Parameter, Typedef, TypeNode } from './definition.ts';

/** `same`: the same data is valid. `compatible`: data that was valid before is still valid. */
export type Change = 'same' | 'compatible' | 'incompatible';

/**
 * KBase's rule for versions: adding an optional field is compatible; removing a field, making it optional or required,
 * or changing its type is incompatible. A typedef counts as a type of its own.
 */
export function changeOf(before: Typedef, after: Typedef): Change {
  if (!isDeepStrictEqual(before.annotations.searchable, after.annotations.searchable)) return 'incompatible';
  return changeOfNamed(before, after, new Map());
}

/** The same rule for the parameters and results of a function. */
export function changeOfFunction(before: Funcdef, after: Funcdef): Change {
  const found: Found = new Map();
  return widest([
    compareItems(before.parameters, after.parameters, found),
    compareItems(before.returns, after.returns, found),
  ]);
}

/** The results for pairs of definitions, so that each pair is compared once. */
type Found = Map<Typedef, Map<Typedef, Change>>;

function changeOfNamed(before: Typedef, after: Typedef, found: Found): Change {
  if (before === after) return 'same';
  const known = found.get(before)?.get(after);
  if (known !== undefined) return known;
  const change = compareNamed(before, after, found);
  found.set(before, (found.get(before) ?? new Map()).set(after, change));
  return change;
}

function compareNamed(before: Typedef, after: Typedef, found: Found): Change {
  if (before.name !== after.name) return 'incompatible';
  const bothStrings = before.type.kind === 'string' && after.type.kind === 'string';
  if (bothStrings && !isDeepStrictEqual(before.annotations.id, after.annotations.id)) return 'incompatible';
  const optional = [before, after].map(({ annotations }) => new Set(annotations.optional));
  return compare(before.type, after.type, { found, optional });
}

interface Comparison {
  readonly found: Found;
  /** The optional fields before and after, of the structure that a typedef defines. */
  readonly optional?: readonly ReadonlySet<string>[];
}

function compare(before: TypeNode, after: TypeNode, { found, optional = [] }: Comparison): Change {
  if (before.kind === 'named' && after.kind === 'named') return changeOfNamed(before.typedef, after.typedef, found);
  if (before.kind === 'list' && after.kind === 'list') return compare(before.item, after.item, { found });
  if (before.kind === 'mapping' && after.kind === 'mapping') {
    return widest([compare(before.key, after.key, { found }), compare(before.value, after.value, { found })]);
  }
  if (before.kind === 'tuple' && after.kind === 'tuple') {
    return compareItems(before.items, after.items, found);
  }
  if (before.kind === 'structure' && after.kind === 'structure') {
    const fields = new Map(after.fields.map((field) => [field.name, field.type]));
    const [wasOptional, isOptional] = optional.map((names) => (name: string) => names.has(name));
    const kept = before.fields.map(({ name, type }): Change => {
      const now = fields.get(name);
      fields.delete(name);
      if (now === undefined || wasOptional?.(name) !== isOptional?.(name)) return 'incompatible';
      return compare(type, now, { found });
    });
    const added = [...fields.keys()].map((name): Change => (isOptional?.(name) ? 'compatible' : 'incompatible'));
    return widest([...kept, ...added]);
  }
  return before.kind === after.kind ? 'same' : 'incompatible';
}

function compareItems(before: readonly Parameter[], after: readonly Parameter[], found: Found): Change {
  if (before.length !== after.length) return 'incompatible';
  return widest(
    before.map(({ type }, i) => {
      const item = after[i];
      return item === undefined ? 'incompatible' : compare(type, item.type, { found });
    }),
  );
}

function widest(changes: readonly Change[]): Change {
  if (changes.includes('incompatible')) return 'incompatible';
  return changes.includes('compatible') ? 'compatible' : 'same';
}
