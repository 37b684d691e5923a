import { defined } from '../../base/defined.ts';
import { refuse, type StewardError } from '../../base/errors.ts';
import type { Fields } from '../../base/json/isObject.ts';
import {
  type DialectReply,
  type DialectRequest,
  LIST_BYTES,
  type Refusals,
  type Route,
  type Success,
} from './dialect.ts';
import { aboutRequest, fieldsOf, listOf, ok, open, pick, shape, TEXT } from './words.ts';

/*
 * The objects of the University of Toronto's IIIF API, and their owners. A write is answered in an envelope, a deletion
 * with an empty 204.
 */

export const NO_PERMISSION =
  "You don't have the necessary permission to perform this action. Please contact your admin.";
const OWNED_BY_MANY = 'This object is owned by many users. Please contact your admin to perform this action.';

/** The types of objects with a name and an identifier, as sentences call them. */
const TYPES = {
  sequence: 'A sequence',
  canvas: 'A canvas',
  annotation: 'An annotation',
  list: 'A list of annotations',
  range: 'A range',
  layer: 'A layer',
} as const;

/** The key of the body for an object of this type. */
const bodyKey = (type: string) => (type === 'list' ? 'annotationList' : type);

function address({ base, path: { identifier, name } }: DialectRequest, type: string): Fields {
  return { base, type, ...defined({ identifier, name }) };
}

/** @throws parse_error, iiif_invalid */
function saving(request: DialectRequest, type: string): Fields {
  const key = bodyKey(type);
  const { [key]: object } = fieldsOf(request);
  if (object === undefined) throw refuse('parse_error', `the body must have the key '${key}'`);
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    throw refuse('iiif_invalid', `'${key}' must be a JSON object.`);
  }
  return { ...address(request, type), object };
}

const QUERY = /^([^=]*)=?(.*)$/s;
const PAGE = { page: 'The number of the page, from 1; the header Link has the next one.' };

/** @throws iiif_invalid */
function pageIn({ query }: DialectRequest): Fields {
  const text = query.get('page');
  if (text === null) return {};
  if (!/^[1-9]\d{0,5}$/.test(text)) throw refuse('iiif_invalid', 'page must be a whole number of at least 1.');
  return { page: Number(text) };
}

interface Listed {
  readonly objects: readonly Fields[];
  readonly next?: number;
}

/** A link to the next page (RFC 8288), if there is one. */
const linkTo = (next: number | undefined, urlOf: (page: number) => string): Readonly<Record<string, string>> =>
  next === undefined ? {} : { Link: `<${urlOf(next)}>; rel="next"` };

function searchUrl({ base, path, query }: DialectRequest, page: number): string {
  const params = new URLSearchParams({ ...searchIn(query), page: String(page) });
  return `${base}/search/${path.type}/?${params}`;
}

/** The fields to search for. A query that was escaped as a whole (`ownedBy%3Dname`) means the same. */
function searchIn(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...query].map(([key, value]) => {
      const [, name = '', rest = ''] = QUERY.exec(key) ?? [];
      return key.includes('=') ? [name.trim(), rest.trim()] : [key.trim(), value.trim()];
    }),
  );
}

const enveloped = (status: number, body: Fields): DialectReply => ({
  status,
  body: { responseCode: status, responseBody: body },
});

/** The answer to a body that is not JSON, or not of the expected form. */
const unreadable = (error: StewardError): DialectReply => ({
  status: 400,
  body: { error: `JSON parse error - ${error.args[0]}` },
});

const UNIQUE = ['This field must be unique.'];

/** The errors of the fields that make up an `@id` that already exists. */
function taken(type: string): Fields {
  if (type === 'manifest') return { '@id': UNIQUE, identifier: UNIQUE };
  return type === 'collection' ? { '@id': UNIQUE, name: UNIQUE } : { '@id': UNIQUE };
}

const refusedOf =
  (type: string) =>
  (error: StewardError): DialectReply | undefined =>
    error.reason === 'iiif_object_taken' ? enveloped(422, { error: taken(type) }) : refused(error);

const envelope =
  (status: number, textOf: (error: StewardError) => unknown) =>
  (error: StewardError): DialectReply =>
    enveloped(status, { error: textOf(error) });

const ownMessage = ({ message }: StewardError) => message;
const invalid = envelope(422, ({ message }) => aboutRequest(message));

const REFUSALS: Refusals = {
  parse_error: unreadable,
  iiif_fields_invalid: envelope(422, ({ args }) => args[1]),
  permission_denied: envelope(401, () => NO_PERMISSION),
  owned_by_many: envelope(401, () => OWNED_BY_MANY),
  not_all_deletable: envelope(401, ownMessage),
  iiif_embedding_denied: envelope(422, () => NO_PERMISSION),
  iiif_object_missing: envelope(404, ownMessage),
  staff_name_unknown: envelope(404, ownMessage),
  iiif_top_collection: envelope(412, ownMessage),
  iiif_invalid: invalid,
  iiif_ids_collide: invalid,
  change_too_big: invalid,
  owner_kind_not_allowed: invalid,
  too_many_resources: invalid,
  invalid_params: invalid,
};

const refused = (error: StewardError): DialectReply | undefined => REFUSALS[error.reason]?.(error);

const OBJECT = open({ '@id': TEXT, '@type': TEXT, '@context': TEXT, label: {} }, ['@id', '@type']);
const SHORT = open({ '@id': TEXT, '@type': TEXT }, ['@id']);

const saved = (status: number): Success => ({
  status,
  body: shape({ responseCode: { type: 'integer', enum: [status] }, responseBody: OBJECT }, RESPONSE_KEYS),
});
const RESPONSE_KEYS = ['responseCode', 'responseBody'];

/** The error of a read, which calls a missing object by its key in a body. */
const missingOf =
  (key: string) =>
  (error: StewardError, { path: { name, identifier } }: DialectRequest): DialectReply | undefined =>
    error.reason === 'iiif_object_missing'
      ? { status: 404, body: { error: `${key} with name '${name}' does not exist in identifier '${identifier}'.` } }
      : undefined;

interface ObjectType {
  readonly type: string;
  readonly what: string;
  readonly path: string;
  /** The path for new objects. */
  readonly parentPath: string;
}

function objectRoutes({ type, what, path, parentPath }: ObjectType): Route[] {
  const key = bodyKey(type);
  const body = shape({ [key]: { type: 'object', additionalProperties: true } }, [key]);
  const reading: Route = {
    verb: 'GET',
    path,
    summary: `${what}, with its content.`,
    calls: { method: 'Iiif.get_object' },
    open: true,
    params: (request) => ({ ...address(request, type), ...(type === 'collection' ? pageIn(request) : {}) }),
    ...(type === 'collection' ? { query: PAGE } : {}),
    answer: ok,
    success: { status: 200, body: OBJECT },
    ...(type in TYPES ? { refusal: missingOf(key) } : {}),
  };
  return [
    reading,
    {
      verb: 'POST',
      path: parentPath,
      summary: `Make ${what.toLowerCase()} with its content.`,
      calls: { command: 'createIiifObject', method: 'Iiif.create_object' },
      params: (request) => saving(request, type),
      answer: (result: Fields) => enveloped(201, result),
      success: saved(201),
      refusal: refusedOf(type),
      maxBody: 'content',
      body,
    },
    {
      verb: 'PUT',
      path,
      summary: `Change ${what.toLowerCase()}, and the content that is sent with it.`,
      calls: { command: 'updateIiifObject', method: 'Iiif.update_object' },
      params: (request) => saving(request, type),
      answer: (result: Fields) => enveloped(200, result),
      success: saved(200),
      refusal: refusedOf(type),
      maxBody: 'content',
      body,
    },
    {
      verb: 'DELETE',
      path,
      summary: `Delete ${what.toLowerCase()} with its content.`,
      calls: { command: 'deleteIiifObject', method: 'Iiif.delete_object' },
      params: (request) => address(request, type),
      answer: () => ({ status: 204 }),
      success: { status: 204 },
      refusal: refusedOf(type),
    },
  ];
}

/** @throws iiif_invalid */
function permissionIn(request: DialectRequest): Fields {
  const { username, action, recursive, collections, manifests } = pick(fieldsOf(request), PERMISSION);
  if (username !== undefined && typeof username !== 'string') {
    throw refuse('iiif_invalid', 'username must be a string.');
  }
  // The command checks these two, before the others are checked here.
  const first = {
    base: request.base,
    ...defined({ username, action: typeof action === 'string' ? action : JSON.stringify(action) }),
  };
  if (username === undefined || (action !== 'ADD' && action !== 'REMOVE')) return first;
  if (recursive !== undefined && recursive !== 'deep') throw refuse('iiif_invalid', "recursive must be 'deep'.");
  const lists = { ...atIdsIn('collections', collections), ...atIdsIn('manifests', manifests) };
  return { ...first, ...defined({ recursive }), ...lists };
}

/** @throws iiif_invalid */
function atIdsIn(field: string, sent: unknown): Fields {
  if (sent === undefined) return {};
  if (Array.isArray(sent) && sent.every((atId) => typeof atId === 'string')) return { [field]: sent };
  throw refuse('iiif_invalid', `${field} must be a list of @ids.`);
}

const badRequest = (error: StewardError): DialectReply => ({
  status: 400,
  body: {
    error: 'Something went wrong while performing the action. Make sure the request body is valid.',
    message: `JSON parse error - ${error.args[0]}`,
  },
});

const PERMISSION = ['collections', 'manifests', 'username', 'action', 'recursive'];

export const iiifObjects: readonly Route[] = [
  {
    verb: 'PUT',
    path: '/auth/admin/updatePermission',
    summary: 'Add a staff account to the owners of collections and manifests, or remove it.',
    calls: { command: 'updateStaffPermissions' },
    params: permissionIn,
    answer: () => ok({ message: 'Successfully updated user permissions for given objects.' }),
    success: { status: 200, body: shape({ message: TEXT }, ['message']) },
    refusal: (error) => (error.reason === 'parse_error' ? badRequest(error) : undefined),
    maxBody: LIST_BYTES,
    body: shape(
      {
        collections: { type: 'array', items: TEXT },
        manifests: { type: 'array', items: TEXT },
        username: TEXT,
        action: { type: 'string', enum: ['ADD', 'REMOVE'] },
        recursive: { type: 'string', enum: ['deep'] },
      },
      ['username', 'action'],
    ),
  },
  {
    verb: 'GET',
    path: '/search/{type}/',
    summary: 'Objects of a type by owner or label, oldest first, 50 on a page.',
    calls: { method: 'Iiif.search' },
    open: true,
    params: ({ base, path, query }) => ({ base, type: path.type, query: searchIn(query) }),
    query: {
      ownedBy: 'The exact name of a staff account, which may be closed.',
      label: 'A part of the label, in upper or lower case.',
      description: 'A part of the description; likewise for every other field of the type with texts.',
      ...PAGE,
    },
    answer: ({ objects, next }: Listed, request) => ({
      status: 200,
      headers: linkTo(next, (page) => searchUrl(request, page)),
      body: objects,
    }),
    success: { status: 200, body: listOf(SHORT) },
  },
  ...['/activity', '/activity/{id}'].map(
    (path): Route => ({
      verb: 'DELETE',
      path,
      summary: 'Refused: the audit cannot be deleted.',
      calls: { method: 'Accounts.who_am_i' },
      answer: () => ({ status: 403, body: { detail: NO_PERMISSION } }),
      success: { status: 403, body: shape({ detail: TEXT }, ['detail']) },
    }),
  ),
  {
    verb: 'GET',
    path: '/{identifier}/manifest/search/',
    summary: 'Search the annotations of a manifest for words in their text.',
    calls: { method: 'Iiif.search_manifest' },
    open: true,
    params: ({ base, path, query }) => {
      const [q, motivation] = [query.get('q'), query.get('motivation')];
      return {
        base,
        identifier: path.identifier,
        asked: [...query].map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
        ...(q !== null && { q }),
        ...(motivation !== null && { motivation }),
      };
    },
    query: {
      q: 'Words, any of which a text has, in upper or lower case, or URIs of bodies; separated by spaces.',
      motivation: 'A part of the motivation of the annotations, such as painting or commenting.',
    },
    needs: ['q'],
    answer: ok,
    success: { status: 200, body: OBJECT },
  },
  {
    verb: 'GET',
    path: '/collections',
    summary: 'The collection of everything that belongs to no other collection.',
    calls: { method: 'Iiif.get_object' },
    open: true,
    params: (request) => ({ base: request.base, type: 'collection', name: 'UofT', ...pageIn(request) }),
    query: PAGE,
    answer: ok,
    success: { status: 200, body: OBJECT },
  },
  ...objectRoutes({
    type: 'collection',
    what: 'A collection',
    path: '/collections/{name}',
    parentPath: '/collections',
  }),
  ...objectRoutes({
    type: 'manifest',
    what: 'A manifest',
    path: '/{identifier}/manifest',
    parentPath: '/{identifier}/manifest',
  }),
  ...Object.entries(TYPES).flatMap(([type, what]) => {
    const parentPath = `/{identifier}/${type}`;
    return [listing(type), ...objectRoutes({ type, what, path: `${parentPath}/{name}`, parentPath })];
  }),
];

/** Lists the objects of a type that belong to a manifest. */
function listing(type: string): Route {
  return {
    verb: 'GET',
    path: `/{identifier}/${type}`,
    summary: `The objects of the type ${type} with an identifier, in their short forms.`,
    calls: { method: 'Iiif.list_objects' },
    open: true,
    params: (request) => ({ ...address(request, type), ...pageIn(request) }),
    query: PAGE,
    answer: ({ objects, next }: Listed, { base, path }) => ({
      status: 200,
      headers: linkTo(next, (page) => `${base}/${path.identifier}/${type}?page=${page}`),
      body: objects,
    }),
    success: { status: 200, body: listOf(SHORT) },
  };
}
