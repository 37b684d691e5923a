import { defined } from '../../../base/defined.ts';
import { objectText, sparse, sparseEntries, type TextEntry } from '../../../base/json/sparse.ts';
import type { Part } from '../../../store/collection.ts';
import type { Resource } from '../../resources/resource.ts';
import { atIdOf } from './address.ts';
import { type IiifType, kinds } from './kinds.ts';
import type { ShownObject } from './objects.ts';

/** The two forms of objects within others. `base` comes before the path in every `@id`. */

/** The fields to read of an object for its short form. */
export const shortFields = ['type', 'externalId', 'caption'] as const;
type ShortObject = Part<Resource, (typeof shortFields)[number]>;

/** The short form: `@id`, `@type` and label. */
export function shortForm(base: string, object: ShortObject): Readonly<Record<string, unknown>> {
  const label: unknown = object.caption === undefined ? undefined : sparse(JSON.parse(object.caption));
  return { ...Object.fromEntries(identity(base, object)), ...defined({ label }) };
}

/** The short form as JSON text. */
export const shortText = (base: string, object: ShortObject): string => JSON.stringify(sparse(shortForm(base, object)));

/** The stored fields of an object, without internal ones. */
export function ownEntries(base: string, object: ShownObject): TextEntry[] {
  const own = object.data === undefined ? [] : sparseEntries(object.data);
  const known = identity(base, object).map(([key, value]): TextEntry => [key, JSON.stringify(value)]);
  return [...own.filter(([key]) => !INTERNAL.includes(key)).map((entry) => withBase(base, entry)), ...known];
}

/** The canvas of an annotation is stored by its path. */
function withBase(base: string, [key, json]: TextEntry): TextEntry {
  return key === 'on' && json.startsWith('"/') ? [key, JSON.stringify(base + JSON.parse(json))] : [key, json];
}

export const ownText = (base: string, object: ShownObject): string => objectText(ownEntries(base, object));

const INTERNAL = ['@id', '@type', 'order', 'hidden'];

/** An object that was made without an `@id` has none. */
function identity(
  base: string,
  { externalId, type }: Pick<ShortObject, 'externalId' | 'type'>,
): (readonly [string, string])[] {
  const atType = ['@type', kinds[type as IiifType].atType] as const;
  return externalId === undefined ? [atType] : [['@id', atIdOf(base, externalId)], atType];
}
