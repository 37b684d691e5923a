import { refuse } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import { cutToCharacters } from '../../base/text.ts';
import { typesOf } from '../../domain/resources/types.ts';
import type { DialectReply, DialectRequest } from './dialect.ts';
import { shape, TEXT, textIn } from './words.ts';

/* Oracle's items on the wire, where ids are base64url, in paths and in bodies. */

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
  // Each text has exactly one encoding: any other one is not an id.
  if (text === '' || encoded(text) !== id) throw refuse('catalog_id_invalid', cutToCharacters(id, 100));
  return text;
}

/** The ids in a body, decoded; absent ones are left out. @throws catalog_id_invalid */
export function decodedIn(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap((name) => (fields[name] === undefined ? [] : [[name, decoded(textIn(fields[name]) ?? '')]])),
  );
}

/** @throws catalog_type_unknown */
export function known(type: string): string {
  if (TYPES.includes(type)) return type;
  throw refuse('catalog_type_unknown', `${cutToCharacters(type, 100)}: there are ${TYPES.join(', ')}`);
}

/** The type in the path. @throws catalog_type_unknown */
export const typeIn = ({ path }: DialectRequest): string => known(path.type ?? '');

/** The item in the path. @throws catalog_type_unknown, catalog_id_invalid */
export const itemIn = (request: DialectRequest): Fields => ({
  type: typeIn(request),
  id: decoded(request.path.id ?? ''),
});

export const failure = (status: number, code: string, message: string): DialectReply => ({
  status,
  body: { code, message },
});

export const shown = (item: Item): Fields => ({
  ...item,
  id: encoded(item.id),
  ...(item.parentId !== undefined && { parentId: encoded(item.parentId) }),
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

/** The shapes of an item with all fields, and with some of them. */
export const ITEM = shape(FIELDS, ['id', 'name', 'type', 'lastModified']);
export const SOME_OF_ITEM = shape(FIELDS);
