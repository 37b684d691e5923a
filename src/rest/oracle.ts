import { refuse, type StewardError } from '../errors.ts';
import { typesOf } from '../resources/types.ts';
import { cutToCharacters } from '../text.ts';
import { type Asked, type Calls, type Dialect, FORM_BYTES, type Route, type Said } from './dialect.ts';
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
function known(type: string): string {
  if (!TYPES.includes(type)) throw refuse('catalog_type_unknown', cutToCharacters(type, 100));
  return type;
}

/** The type that a path names. @throws catalog_type_unknown */
const typeIn = ({ path }: Asked): string => known(path.type ?? '');

/** The item that a path names. */
const itemIn = (asked: Asked): Fields => ({ type: typeIn(asked), id: decoded(asked.path.id ?? '') });

const shown = (item: Item): Fields => ({
  ...item,
  id: encoded(item.id),
  ...(item.parentId === undefined ? {} : { parentId: encoded(item.parentId) }),
});

const FIELDS = ['id', 'name', 'type', 'parentId', 'owner', 'description', 'lastModified'];
const SORTED_BY = ['name', 'type', 'owner', 'lastModified', 'id'];

const SHOWN = {
  fields: `Only these of ${FIELDS.join(', ')}, separated by commas.`,
  excludedFields: 'All but these.',
};
const SEARCH = {
  search: 'A part of the name; with * or ? in it, the whole name.',
  limit: 'How many an answer holds, up to 10000; 100 when absent.',
  page: 'Which page, from 1.',
  sortBy: `${SORTED_BY.slice(0, -1).join(', ')} or ${SORTED_BY.at(-1)}; name when absent.`,
  sortOrder: 'ASC or DESC.',
  manageContent: 'true: as who manages all content, which only an administrator may.',
  ...SHOWN,
};
const OF_TYPE = { type: 'Only items of this type.' };

/** @throws invalid_params */
function listing({ query }: Asked): Fields {
  const number = (name: string) => {
    const text = query.get(name);
    if (text === null) return {};
    if (!/^[1-9]\d{0,4}$/.test(text)) throw refuse('invalid_params', `${name} must be a whole number of at least 1`);
    return { [name]: Number(text) };
  };
  const [search, sortBy, order] = [query.get('search'), query.get('sortBy'), query.get('sortOrder') ?? 'ASC'];
  if (order !== 'ASC' && order !== 'DESC') throw refuse('invalid_params', 'sortOrder must be ASC or DESC');
  if (sortBy !== null && !SORTED_BY.includes(sortBy)) throw refuse('invalid_params', `sortBy must be ${SEARCH.sortBy}`);
  return {
    ...(search === null ? {} : { search }),
    ...number('limit'),
    ...number('page'),
    ...(sortBy === null ? {} : { sortBy }),
    ...(order === 'DESC' ? { descending: true } : {}),
  };
}

/** @throws catalog_type_unknown */
function typeAsked({ query }: Asked): Fields {
  const type = query.get('type');
  return type === null ? {} : { type: known(type) };
}

/** Which of the fields of an item are asked for. @throws invalid_params */
function fieldsAsked({ query }: Asked): readonly string[] {
  const named = (name: string) => {
    const names = (query.get(name) ?? '').split(',').map((field) => field.trim());
    const given = names.filter((field) => field !== '');
    const unknown = given.find((field) => !FIELDS.includes(field));
    if (unknown === undefined) return given;
    throw refuse('invalid_params', `${name} names ${cutToCharacters(unknown, 100)}; there are ${FIELDS.join(', ')}`);
  };
  const [wanted, excluded] = [named('fields'), named('excludedFields')];
  return (wanted.length === 0 ? FIELDS : wanted).filter((field) => !excluded.includes(field));
}

/**
 * Only an administrator manages content: who asks to, and may not, is refused.
 *
 * @throws invalid_params
 */
const managing = (asked: Asked, command: string): Calls | undefined =>
  flag(asked, 'manageContent') ? { command } : undefined;

const LIST = { command: 'listCatalog', method: 'Catalog.list_items' } as const;
const ITEM_OF = { command: 'getCatalogItem', method: 'Catalog.get_item' } as const;
/** Nothing is called for fields that there are not. @throws invalid_params */
function checked(asked: Asked): Fields {
  fieldsAsked(asked);
  return {};
}

const listsItems = ({ query }: Asked): boolean => query.has('search') || query.has('type');
const searches = ({ query }: Asked): boolean => query.has('search');

function paged({ items, page, pages }: Page, asked: Asked): Said {
  const fields = fieldsAsked(asked);
  return {
    status: 200,
    headers: {
      'oa-current-page': String(page),
      'oa-page-count': String(pages),
      ...(page < pages ? { 'oa-next-page': String(page + 1) } : {}),
    },
    body: items.map((item) => picked(shown(item), fields)),
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
    summary: 'The types of items there are; with a search or a type, the items.',
    calls: LIST,
    callsFor: (asked) => managing(asked, LIST.command),
    params: (asked) =>
      listsItems(asked) ? { ...listing(asked), ...typeAsked(asked), ...checked(asked) } : { limit: 1 },
    query: { ...SEARCH, ...OF_TYPE },
    answer: (page: Page, asked) =>
      listsItems(asked) ? paged(page, asked) : { status: 200, body: TYPES.map((type) => ({ type })) },
    success: { status: 200, body: listOf(shape(ITEM)) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}`,
    summary: 'The items of a type, a page at a time.',
    calls: LIST,
    callsFor: (asked) => managing(asked, LIST.command),
    params: (asked) => ({ type: typeIn(asked), ...listing(asked), ...checked(asked) }),
    query: SEARCH,
    answer: paged,
    success: { status: 200, body: listOf(shape(ITEM)) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}/{id}`,
    summary: 'One item, with its owner; with a search, what is directly in a folder or dashboard.',
    calls: ITEM_OF,
    callsFor: (asked) =>
      managing(asked, searches(asked) ? LIST.command : ITEM_OF.command) ?? (searches(asked) ? LIST : undefined),
    params: (asked) => ({
      ...(searches(asked) ? { inside: itemIn(asked), ...listing(asked), ...typeAsked(asked) } : itemIn(asked)),
      ...checked(asked),
    }),
    query: { ...SEARCH, ...OF_TYPE },
    answer: (found: Item | Page, asked) =>
      'items' in found ? paged(found, asked) : { status: 200, body: picked(shown(found), fieldsAsked(asked)) },
    success: { status: 200, body: { anyOf: [shape(ITEM), listOf(shape(ITEM))] } },
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
