import { refuse, type StewardError } from '../errors.ts';
import { typesOf } from '../resources/types.ts';
import { cutToCharacters } from '../text.ts';
import { type Asked, type Dialect, FORM_BYTES, type Route, type Said } from './dialect.ts';
import { bearer, type Fields, fieldsOf, listOf, open, picked, shape, statusOf, TEXT, textIn } from './words.ts';

/**
 * Oracle Analytics' catalog API, as far as ownership goes: who owns an item, and what of it an administrator sees. Ids
 * are base64url, as Oracle has them; every error is `{code, message}`.
 */

const ROOT = '/api/20210901';
const CATALOG = `${ROOT}/catalog`;
const TYPES: readonly string[] = typesOf('oracle');

interface Item {
  readonly id: string;
  readonly parentId?: string;
}

interface Page {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
}

const encoded = (id: string): string => Buffer.from(id, 'utf8').toString('base64url');

/** @throws catalog_id_invalid */
function decoded(id: string): string {
  const text = Buffer.from(id, 'base64url').toString('utf8');
  // Only one text has this id: what does not come back as it was sent is no id of anything.
  if (text === '' || encoded(text) !== id) throw refuse('catalog_id_invalid', cutToCharacters(id, 100));
  return text;
}

/** @throws catalog_type_unknown */
function typeIn({ path }: Asked): string {
  const { type = '' } = path;
  if (!TYPES.includes(type)) throw refuse('catalog_type_unknown', cutToCharacters(type, 100));
  return type;
}

/** The item that a path names. */
const itemIn = (asked: Asked): Fields => ({ type: typeIn(asked), id: decoded(asked.path.id ?? '') });

const shown = (item: Item): Fields => ({
  ...item,
  id: encoded(item.id),
  ...(item.parentId === undefined ? {} : { parentId: encoded(item.parentId) }),
});

const QUERY = {
  search: 'A part of the name; * for all.',
  limit: 'How many an answer holds, up to 10000.',
  page: 'Which page, from 1.',
  sortOrder: 'ASC or DESC, by name.',
};

/** @throws invalid_params */
function listing({ query }: Asked): Fields {
  const number = (name: string) => {
    const text = query.get(name);
    if (text === null) return {};
    if (!/^[1-9]\d{0,4}$/.test(text)) throw refuse('invalid_params', `${name} must be a whole number of at least 1`);
    return { [name]: Number(text) };
  };
  const [search, order] = [query.get('search'), query.get('sortOrder') ?? 'ASC'];
  if (order !== 'ASC' && order !== 'DESC') throw refuse('invalid_params', 'sortOrder must be ASC or DESC');
  return {
    ...(search === null ? {} : { search }),
    ...number('limit'),
    ...number('page'),
    ...(order === 'DESC' ? { descending: true } : {}),
  };
}

function paged({ items, page, pages }: Page): Said {
  return {
    status: 200,
    headers: {
      'oa-current-page': String(page),
      'oa-page-count': String(pages),
      ...(page < pages ? { 'oa-next-page': String(page + 1) } : {}),
    },
    body: items.map(shown),
  };
}

/** @throws invalid_params */
function flag({ query }: Asked, name: string): boolean {
  const text = query.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw refuse('invalid_params', `${name} must be true or false`);
  return text === 'true';
}

const ITEM = {
  ...{ id: TEXT, name: TEXT, type: { type: 'string', enum: TYPES }, parentId: TEXT, owner: TEXT, description: TEXT },
  lastModified: { type: 'string', format: 'date-time' },
};
const NEEDED = ['id', 'name', 'type', 'lastModified'];

const routes: readonly Route[] = [
  {
    verb: 'POST',
    path: `${CATALOG}/{type}/{id}/actions/changeOwnership`,
    summary: 'Make a user or an application role the owner of an item.',
    calls: { command: 'changeOwnership' },
    params: (asked) => ({ ...itemIn(asked), ...picked(fieldsOf(asked), ['accountType', 'owner']) }),
    answer: () => ({ status: 200 }),
    success: { status: 200 },
    maxBody: FORM_BYTES,
    body: shape({ accountType: { type: 'string', enum: ['User', 'ApplicationRole'] }, owner: TEXT }, [
      'accountType',
      'owner',
    ]),
  },
  {
    verb: 'GET',
    path: CATALOG,
    summary: 'The types of items there are; with a search, the items.',
    calls: { command: 'listCatalog', method: 'Catalog.list_items' },
    params: (asked) => (asked.query.has('search') ? listing(asked) : { limit: 1 }),
    query: QUERY,
    answer: (page: Page, asked) =>
      asked.query.has('search') ? paged(page) : { status: 200, body: TYPES.map((type) => ({ type })) },
    success: { status: 200, body: listOf(shape(ITEM, ['type'])) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}`,
    summary: 'The items of a type, a page at a time.',
    calls: { command: 'listCatalog', method: 'Catalog.list_items' },
    params: (asked) => ({ type: typeIn(asked), ...listing(asked) }),
    query: QUERY,
    answer: paged,
    success: { status: 200, body: listOf(shape(ITEM, NEEDED)) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}/{id}`,
    summary: 'One item, with its owner.',
    calls: { command: 'getCatalogItem', method: 'Catalog.get_item' },
    params: itemIn,
    answer: (item: Item) => ({ status: 200, body: shown(item) }),
    success: { status: 200, body: shape(ITEM, NEEDED) },
    // What one may not read is not there.
    refusal: (error, { path }) =>
      error.reason === 'permission_denied' ? notFound(`There is no ${path.type} ${path.id}`) : undefined,
  },
  {
    verb: 'POST',
    path: `${CATALOG}/folders`,
    summary: 'Make a folder in another.',
    calls: { command: 'createFolder', method: 'Catalog.create_folder' },
    params: (asked) => {
      const { name, parentId } = fieldsOf(asked);
      return { name, parentId: decoded(textIn(parentId) ?? '') };
    },
    answer: (item: Item) => ({ status: 200, body: shown(item) }),
    success: { status: 200, body: shape(ITEM, NEEDED) },
    maxBody: FORM_BYTES,
    body: shape({ name: TEXT, parentId: TEXT }, ['name', 'parentId']),
  },
  {
    verb: 'DELETE',
    path: `${CATALOG}/folders/{id}`,
    summary: 'Delete a folder; what is in it only with recursive=true.',
    calls: { command: 'deleteResource', method: 'Resource.delete' },
    params: (asked) => ({
      type: 'folders',
      externalId: decoded(asked.path.id ?? ''),
      ...(flag(asked, 'recursive') ? { recursive: true } : {}),
    }),
    query: { recursive: 'true: with all that is in it.' },
    answer: () => ({ status: 200 }),
    success: { status: 200 },
  },
];

export const oracle: Dialect = {
  system: 'Oracle Analytics',
  security: { name: 'oracleToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes,
  credential: bearer,
  refusalShape: open({ code: TEXT, message: TEXT }, ['code', 'message']),
  refusal: (error) => said(statusAt(error), codeOf(error), error.message),
  wrongVerb: (_, allowed) => ({
    ...said(405, 'METHOD_NOT_ALLOWED', `Use ${allowed.join(' or ')}`),
    headers: { Allow: allowed.join(', ') },
  }),
  root: { path: ROOT, nowhere: said(404, 'NOT_FOUND', `There is no such path: those served begin with ${CATALOG}`) },
  jsonOnly: true,
};

function said(status: number, code: string, message: string): Said {
  return { status, body: { code, message } };
}

function notFound(message: string): Said {
  return said(404, 'NOT_FOUND', message);
}

/** Oracle's own codes are not published: these are short, stable, and for programs, as Oracle says codes are. */
function codeOf({ reason, kind }: StewardError): string {
  switch (reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 'UNKNOWN_ACCOUNT';
    case 'recipient_unfit':
      return 'ACCOUNT_NOT_ACTIVE';
    case 'owner_kind_not_allowed':
      return 'OWNER_KIND_NOT_ALLOWED';
    case 'catalog_id_invalid':
      return 'INVALID_ID';
    case 'catalog_type_unknown':
      return 'UNKNOWN_TYPE';
    case 'resource_not_empty':
      return 'FOLDER_NOT_EMPTY';
    case 'too_many_attempts':
    case 'rate_limited':
      return 'TOO_MANY_REQUESTS';
    case 'body_too_slow':
      return 'REQUEST_TIMEOUT';
    case 'too_big':
      return 'PAYLOAD_TOO_LARGE';
    case 'encoding_unsupported':
    case 'media_type_unsupported':
      return 'UNSUPPORTED_MEDIA_TYPE';
    default:
      return CODES[kind];
  }
}

const CODES: Readonly<Record<StewardError['kind'], string>> = {
  invalid: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  notFound: 'NOT_FOUND',
  conflict: 'CONFLICT',
  busy: 'UNAVAILABLE',
  internal: 'INTERNAL_ERROR',
};

function statusAt(error: StewardError): number {
  switch (error.reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 400;
    default:
      // A conflict is none of Oracle's answers: it is what cannot be done as it was asked.
      return error.kind === 'conflict' ? 400 : statusOf(error);
  }
}
