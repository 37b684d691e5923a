import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import { typesOf } from '../../domain/resources/types.ts';
import type { DialectRequest } from './dialect.ts';
import { type Fields, shape, TEXT, textIn } from './words.ts';

/** Oracle's items on the wire: ids are base64url there, as they are in paths and bodies. */

export const ROOT = '/api/20210901';
export const CATALOG = `${ROOT}/catalog`;
export const TYPES: readonly string[] = typesOf('oracle');

export interface Item {
  readonly id: string;
  readonly parentId?: string;
}

export interface Page {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
}

const encoded = (id: string): string => Buffer.from(id, 'utf8').toString('base64url');

/** @throws catalog_id_invalid */
export function decoded(id: string): string {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  // Only one text has this id: what does not come back as it was sent is no id of anything.
  if (text === '' || encoded(text) !== id) throw refuse('catalog_id_invalid', cutToCharacters(id, 100));
  return text;
}

/** The ids among the fields of a body, decoded, where they are there. @throws catalog_id_invalid */
export function decodedIn(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] === undefined ? [] : [[name, decoded(textIn(fields[name]) ?? '')]])),
  );
}

/** @throws catalog_type_unknown */
export function known(type: string): string {
  if (!TYPES.includes(type)) throw refuse('catalog_type_unknown', cutToCharacters(type, 100));
  return type;
}

/** The type that a path names. @throws catalog_type_unknown */
export const typeIn = ({ path }: DialectRequest): string => known(path.type ?? '');

/** The item that a path names. @throws catalog_type_unknown, catalog_id_invalid */
export const itemIn = (asked: DialectRequest): Fields => ({ type: typeIn(asked), id: decoded(asked.path.id ?? '') });

export const shown = (item: Item): Fields => ({
  ...item,
  id: encoded(item.id),
  ...(item.parentId === undefined ? {} : { parentId: encoded(item.parentId) }),
});

/** @throws invalid_params */
export function flag({ query }: DialectRequest, name: string): boolean {
  const text = query.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw refuse('invalid_params', `${name} must be true or false`);
  return text === 'true';
}

const FIELDS = {
  ...{ id: TEXT, name: TEXT, type: { type: 'string', enum: TYPES }, parentId: TEXT, owner: TEXT, description: TEXT },
  lastModified: { type: 'string', format: 'date-time' },
};

/** An item with all of its fields, and one of which some were asked for. */
export const ITEM = shape(FIELDS, ['id', 'name', 'type', 'lastModified']);
export const SOME_OF_ITEM = shape(FIELDS);
