import { refuse, type StewardError } from '../../base/errors.ts';
import { type DialectReply, type DialectRequest, LIST_BYTES, type Route, type Success } from './dialect.ts';
import { withoutCommand } from './iiifWire.ts';
import { type Fields, fieldsOf, listOf, open, picked, shape, TEXT } from './words.ts';

/**
 * The objects of the University of Toronto's IIIF API, and who owns them. A write is answered in an envelope, a
 * deletion with an empty 204.
 */

export const NO_PERMISSION =
  "You don't have the necessary permission to perform this action. Please contact your admin.";
const OWNED_BY_MANY = 'This object is owned by many users. Please contact your admin to perform this action.';

/** As which key the body holds an object of each type that has a name and an identifier. */
const BODY_KEYS: Readonly<Record<string, string>> = {
  sequence: 'sequence',
  canvas: 'canvas',
  annotation: 'annotation',
  list: 'annotationList',
  range: 'range',
  layer: 'layer',
};
const TYPES = Object.keys(BODY_KEYS);

/** How each is called in a sentence. */
const NAMES: Readonly<Record<string, string>> = {
  sequence: 'A sequence',
  canvas: 'A canvas',
  annotation: 'An annotation',
  list: 'A list of annotations',
  range: 'A range',
  layer: 'A layer',
};

const bodyKey = (type: string) => BODY_KEYS[type] ?? type;

function address(asked: DialectRequest, type: string): Fields {
  const { identifier, name } = asked.path;
  return {
    base: asked.base,
    type,
    ...(identifier === undefined ? {} : { identifier }),
    ...(name === undefined ? {} : { name }),
  };
}

/** @throws parse_error, iiif_invalid */
function saving(asked: DialectRequest, type: string): Fields {
  const key = bodyKey(type);
  const { [key]: object } = fieldsOf(asked);
  if (object === undefined) throw refuse('parse_error', `the body must have the key '${key}'`);
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    throw refuse('iiif_invalid', `'${key}' must be a JSON object.`);
  }
  return { ...address(asked, type), object };
}

const QUERY = /^([^=]*)=?(.*)$/s;
const PAGE = { page: 'Which page, from 1; links say where the next one is.' };

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

/** A list says where its next page is as RFC 8288 has it. */
function linkTo(
  next: number | undefined,
  { base, path }: DialectRequest,
  type: string,
): Readonly<Record<string, string>> {
  if (next === undefined) return {};
  return { Link: `<${base}/${path.identifier}/${type}?page=${next}>; rel="next"` };
}

/** The next page of a search: the same question again. */
function linkToFound(
  next: number | undefined,
  { base, path, query }: DialectRequest,
): Readonly<Record<string, string>> {
  if (next === undefined) return {};
  const asked = new URLSearchParams(searched(query));
  asked.set('page', String(next));
  return { Link: `<${base}/search/${path.type}/?${asked}>; rel="next"` };
}

/** What is searched for. A query that was escaped as a whole (`ownedBy%3Dname`) means the same. */
function searched(query: URLSearchParams): Record<string, string> {
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

/** What is wrong with a body that is no JSON, or not of the form that the route reads. */
const unreadable = (error: StewardError): DialectReply => ({
  status: 400,
  body: { error: `JSON parse error - ${error.args[0]}` },
});

const UNIQUE = ['This field must be unique.'];

/** Of an object whose `@id` is taken, the fields that make it up. */
function taken(type: string): Fields {
  if (type === 'manifest') return { '@id': UNIQUE, identifier: UNIQUE };
  return type === 'collection' ? { '@id': UNIQUE, name: UNIQUE } : { '@id': UNIQUE };
}

const refusedOf =
  (type: string) =>
  (error: StewardError): DialectReply | undefined =>
    error.reason === 'iiif_object_taken' ? enveloped(422, { error: taken(type) }) : refused(error);

function refused(error: StewardError): DialectReply | undefined {
  switch (error.reason) {
    case 'parse_error':
      return unreadable(error);
    case 'iiif_fields_invalid':
      return enveloped(422, { error: error.args[1] });
    case 'permission_denied':
      return enveloped(401, { error: NO_PERMISSION });
    case 'owned_by_many':
      return enveloped(401, { error: OWNED_BY_MANY });
    case 'not_all_deletable':
      return enveloped(401, { error: error.message });
    case 'iiif_embedding_denied':
      return enveloped(422, { error: NO_PERMISSION });
    case 'iiif_object_missing':
    case 'staff_name_unknown':
      return enveloped(404, { error: error.message });
    case 'iiif_top_collection':
      return enveloped(412, { error: error.message });
    case 'iiif_invalid':
    case 'iiif_ids_collide':
    case 'change_too_big':
    case 'owner_kind_not_allowed':
    case 'too_many_resources':
    case 'invalid_params':
      return enveloped(422, { error: withoutCommand(error.message) });
    default:
      return undefined;
  }
}

const OBJECT = open({ '@id': TEXT, '@type': TEXT, '@context': TEXT, label: {} }, ['@id', '@type']);
const SHORT = open({ '@id': TEXT, '@type': TEXT }, ['@id']);

/** What a write is answered with. */
const saved = (status: number): Success => ({
  status,
  body: shape({ responseCode: { type: 'integer', enum: [status] }, responseBody: OBJECT }, [
    'responseCode',
    'responseBody',
  ]),
});

/** Where it is read, an object that is not there is called as the key of the body calls it. */
const missingOf =
  (key: string) =>
  (error: StewardError, { path: { name, identifier } }: DialectRequest): DialectReply | undefined =>
    error.reason === 'iiif_object_missing'
      ? { status: 404, body: { error: `${key} with name '${name}' does not exist in identifier '${identifier}'.` } }
      : undefined;

/** The routes of objects of one type. */
function objectRoutes(path: string, within: string, what: string, type: string): Route[] {
  const key = bodyKey(type);
  const body = shape({ [key]: { type: 'object', additionalProperties: true } }, [key]);
  const reading: Route = {
    verb: 'GET',
    path,
    summary: `${what}, with what it carries.`,
    calls: { method: 'Iiif.get_object' },
    open: true,
    params: (asked) => ({ ...address(asked, type), ...(type === 'collection' ? pageIn(asked) : {}) }),
    ...(type === 'collection' ? { query: PAGE } : {}),
    answer: (result: Fields) => ({ status: 200, body: result }),
    success: { status: 200, body: OBJECT },
    ...(TYPES.includes(type) ? { refusal: missingOf(key) } : {}),
  };
  return [
    reading,
    {
      verb: 'POST',
      path: within,
      summary: `Make ${what.toLowerCase()} with all that it carries.`,
      calls: { command: 'createIiifObject', method: 'Iiif.create_object' },
      params: (asked) => saving(asked, type),
      answer: (result: Fields) => enveloped(201, result),
      success: saved(201),
      refusal: refusedOf(type),
      maxBody: 'content',
      body,
    },
    {
      verb: 'PUT',
      path,
      summary: `Change ${what.toLowerCase()}, and what is sent with it.`,
      calls: { command: 'updateIiifObject', method: 'Iiif.update_object' },
      params: (asked) => saving(asked, type),
      answer: (result: Fields) => enveloped(200, result),
      success: saved(200),
      refusal: refusedOf(type),
      maxBody: 'content',
      body,
    },
    {
      verb: 'DELETE',
      path,
      summary: `Delete ${what.toLowerCase()} with all that it carries.`,
      calls: { command: 'deleteIiifObject', method: 'Iiif.delete_object' },
      params: (asked) => address(asked, type),
      answer: () => ({ status: 204 }),
      success: { status: 204 },
      refusal: refusedOf(type),
    },
  ];
}

/** @throws iiif_invalid */
function permissionIn(asked: DialectRequest): Fields {
  const { username, action, recursive, collections, manifests } = picked(fieldsOf(asked), PERMISSION);
  if (username !== undefined && typeof username !== 'string')
    throw refuse('iiif_invalid', 'username must be a string.');
  // What is wrong with these two, the command says, before anything is said of the others.
  const named = {
    base: asked.base,
    ...(username === undefined ? {} : { username }),
    ...(action === undefined ? {} : { action: typeof action === 'string' ? action : JSON.stringify(action) }),
  };
  if (username === undefined || (action !== 'ADD' && action !== 'REMOVE')) return named;
  if (recursive !== undefined && recursive !== 'deep') throw refuse('iiif_invalid', "recursive must be 'deep'.");
  return {
    ...named,
    ...(recursive === undefined ? {} : { recursive }),
    ...atIdsIn('collections', collections),
    ...atIdsIn('manifests', manifests),
  };
}

/** @throws iiif_invalid */
function atIdsIn(field: string, sent: unknown): Fields {
  if (sent === undefined) return {};
  if (Array.isArray(sent) && sent.every((atId) => typeof atId === 'string')) return { [field]: sent };
  throw refuse('iiif_invalid', `${field} must be a list of @ids.`);
}

const somethingWrong = (error: StewardError): DialectReply => ({
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
    summary: 'Add an account of staff to the owners of collections and manifests, or take it away.',
    calls: { command: 'updateStaffPermissions' },
    params: permissionIn,
    answer: () => ({ status: 200, body: { message: 'Successfully updated user permissions for given objects.' } }),
    success: { status: 200, body: shape({ message: TEXT }, ['message']) },
    refusal: (error) => (error.reason === 'parse_error' ? somethingWrong(error) : undefined),
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
    summary: 'Objects of a type by owner or label, in the order in which they were made, 50 on a page.',
    calls: { method: 'Iiif.search' },
    open: true,
    params: ({ base, path, query }) => ({
      base,
      type: path.type,
      query: searched(query),
    }),
    query: {
      ownedBy: 'The exact name of an account of staff, also of a closed one.',
      label: 'What the label holds, in upper or lower case.',
      description: 'What the description holds; likewise every other field of the type that holds texts.',
      ...PAGE,
    },
    answer: ({ objects, next }: Listed, asked) => ({ status: 200, headers: linkToFound(next, asked), body: objects }),
    success: { status: 200, body: listOf(SHORT) },
  },
  {
    verb: 'DELETE',
    path: '/activity',
    summary: 'Refused: what was done stays in the audit.',
    calls: { method: 'Accounts.who_am_i' },
    answer: () => ({ status: 403, body: { detail: NO_PERMISSION } }),
    success: { status: 403, body: shape({ detail: TEXT }, ['detail']) },
  },
  {
    verb: 'DELETE',
    path: '/activity/{id}',
    summary: 'Refused: what was done stays in the audit.',
    calls: { method: 'Accounts.who_am_i' },
    answer: () => ({ status: 403, body: { detail: NO_PERMISSION } }),
    success: { status: 403, body: shape({ detail: TEXT }, ['detail']) },
  },
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
        ...(q === null ? {} : { q }),
        ...(motivation === null ? {} : { motivation }),
      };
    },
    query: {
      q: 'Words of which a text holds any, in upper or lower case, or URIs of bodies; separated by spaces.',
      motivation: 'What the motivation of the annotations holds, such as painting or commenting.',
    },
    needs: ['q'],
    answer: (result: Fields) => ({ status: 200, body: result }),
    success: { status: 200, body: OBJECT },
  },
  {
    verb: 'GET',
    path: '/collections',
    summary: 'The collection of all that belongs to no other.',
    calls: { method: 'Iiif.get_object' },
    open: true,
    params: (asked) => ({ base: asked.base, type: 'collection', name: 'UofT', ...pageIn(asked) }),
    query: PAGE,
    answer: (result: Fields) => ({ status: 200, body: result }),
    success: { status: 200, body: OBJECT },
  },
  ...objectRoutes('/collections/{name}', '/collections', 'A collection', 'collection'),
  ...objectRoutes('/{identifier}/manifest', '/{identifier}/manifest', 'A manifest', 'manifest'),
  ...TYPES.flatMap((type) => [
    listing(type),
    ...objectRoutes(`/{identifier}/${type}/{name}`, `/{identifier}/${type}`, NAMES[type] ?? type, type),
  ]),
];

/** The objects of a type that a manifest carries. */
function listing(type: string): Route {
  return {
    verb: 'GET',
    path: `/{identifier}/${type}`,
    summary: `The objects of the type ${type} that have an identifier, in their short forms.`,
    calls: { method: 'Iiif.list_objects' },
    open: true,
    params: (asked) => ({ ...address(asked, type), ...pageIn(asked) }),
    query: PAGE,
    answer: ({ objects, next }: Listed, asked) => ({ status: 200, headers: linkTo(next, asked, type), body: objects }),
    success: { status: 200, body: listOf(SHORT) },
  };
}
