import fc from 'fast-check';
import { hostileName, hostileValue } from './hostile.ts';
import { textOf, Verbatim } from './verbatim.ts';
import { words } from './words.ts';

const KINDS = [
  'replace',
  'replace',
  'replace',
  'remove',
  'add',
  'rename',
  'repeat',
  'wrap',
  'unwrap',
  'twice',
] as const;

/** One change of a JSON value. */
interface Mutation {
  /** Chooses among the places of the value. */
  readonly place: number;
  readonly kind: (typeof KINDS)[number];
  readonly value: unknown;
  readonly name: string;
}

type Step = string | number;

const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom(...KINDS),
  // What is only wrong here gets further than what is wrong everywhere.
  value: fc.oneof(hostileValue, words, fc.integer({ min: -1, max: 4 })),
  name: hostileName,
});

/** The value with one change somewhere in it. */
export const mutated = (value: unknown): fc.Arbitrary<unknown> => mutation.map((change) => changed(value, change));

/** The same of a value that is generated. */
export const mutatedOf = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.tuple(values, mutation).map(([value, change]) => changed(value, change));

const isContainer = (value: unknown): value is object =>
  value !== null && typeof value === 'object' && !(value instanceof Verbatim);

function placesIn(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (!isContainer(value)) return [path];
  const steps: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...steps.flatMap((step) => placesIn((value as Record<Step, unknown>)[step], [...path, step]))];
}

function changed(value: unknown, { place, kind, ...change }: Mutation): unknown {
  const places = placesIn(value);
  return changedAt(value, places[place % places.length] ?? [], { kind, ...change });
}

type Change = Omit<Mutation, 'place'>;

function changedAt(value: unknown, [step, ...rest]: readonly Step[], change: Change): unknown {
  if (step === undefined) return changedHere(value, change);
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => {
      if (i !== step) return [item];
      if (rest.length === 0 && change.kind === 'remove') return [];
      if (rest.length === 0 && change.kind === 'repeat') return [item, item];
      return [changedAt(item, rest, change)];
    });
  }
  const pairs = Object.entries(value as object).flatMap(([key, inner]): [string, unknown][] => {
    if (key !== step) return [[key, inner]];
    if (rest.length === 0 && change.kind === 'remove') return [];
    if (rest.length === 0 && change.kind === 'rename') return [[change.name, inner]];
    return [[key, changedAt(inner, rest, change)]];
  });
  return objectOf(pairs);
}

function changedHere(value: unknown, { kind, value: hostile, name }: Change): unknown {
  if (kind === 'wrap') return [value];
  if (kind === 'unwrap' && isContainer(value)) return Object.values(value)[0];
  if (kind === 'add' && isContainer(value)) {
    return Array.isArray(value) ? [...value, hostile] : objectOf([...Object.entries(value), [name, hostile]]);
  }
  if (kind === 'twice' && isContainer(value) && !Array.isArray(value)) {
    const [[key, inner] = ['x', 1]] = Object.entries(value);
    const pairs = [...Object.entries(value), [key, inner] as const];
    return new Verbatim(`{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${textOf(v)}`).join(',')}}`);
  }
  return hostile;
}

/** Also with keys such as `__proto__`, which an assignment would not make. */
function objectOf(pairs: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [key, value] of pairs) {
    Object.defineProperty(made, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}
