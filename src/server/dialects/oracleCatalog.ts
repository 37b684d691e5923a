import type { Fields } from '../../base/json/isObject.ts';
import { type DialectReply, type DialectRequest, FORM_BYTES, LIST_BYTES, type Route } from './dialect.ts';
import { itemShown, listing, manages, managing, OF_TYPE, paged, SEARCH, searches, typeParam } from './oracleListing.ts';
import {
  CATALOG,
  decoded,
  decodedIn,
  failure,
  flag,
  ITEM,
  type Item,
  itemIn,
  type Page,
  SOME_OF_ITEM,
  shown,
  TYPES,
  typeIn,
} from './oracleWire.ts';
import { fieldsOf, listOf, ok, pick, shape, TEXT } from './words.ts';

/* The routes for catalog items: find, share, move, copy, delete, and change the owner. */

const LIST = { command: 'listCatalog', method: 'Catalog.list_items' } as const;
const ONE = { command: 'getCatalogItem', method: 'Catalog.get_item' } as const;
const ITEM_PATH = `${CATALOG}/{type}/{id}`;

const BOOLEAN = { type: 'boolean' };
const ACCOUNT_TYPE = { type: 'string', enum: ['User', 'ApplicationRole'] };
const MODES = ['ReplaceAll', 'ReplaceMatchingAccounts', 'DeleteMatchingAccounts'];
const PERMISSIONS = ['read', 'write', 'delete', 'list', 'execute', 'changePermission', 'takeOwnership'];
const ACL_ENTRY = shape(
  {
    ...{ accountGuid: TEXT, accountType: ACCOUNT_TYPE, accountDisplayName: TEXT },
    permissions: shape(Object.fromEntries(PERMISSIONS.map((name) => [name, BOOLEAN]))),
  },
  ['accountGuid', 'accountType'],
);

/** Oracle documents the default mode in lower case. */
const modeIn = ({ updateMode }: Fields): Fields =>
  updateMode === undefined ? {} : { updateMode: updateMode === 'replaceAll' ? 'ReplaceAll' : updateMode };

const aclShown = ({ acl }: { readonly acl: readonly Fields[] }): DialectReply => ok(acl);

/** Whether the request is for a list of items, and not of their types. */
const listsItems = (request: DialectRequest): boolean => searches(request) || request.query.has('type');

/** The route for a copy or a move, which take the same parameters. */
function copyOrMove(action: 'move' | 'copy', summary: string): Route {
  return {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/${action}`,
    summary,
    calls: { command: `${action}CatalogItem`, method: `Catalog.${action}_item` },
    params: (request) => {
      const fields = fieldsOf(request);
      return {
        ...itemIn(request),
        ...decodedIn(fields, ['destId', 'destParentId']),
        ...pick(fields, ['newItemName', 'overwrite', 'createIntermediateFolders']),
      };
    },
    answer: (item: Item) => ok(shown(item)),
    success: { status: 200, body: ITEM },
    maxBody: FORM_BYTES,
    body: shape({
      ...{ destId: TEXT, destParentId: TEXT, newItemName: TEXT },
      ...{ overwrite: BOOLEAN, createIntermediateFolders: BOOLEAN },
    }),
  };
}

export const catalogRoutes: readonly Route[] = [
  {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/changeOwnership`,
    summary: 'Make a user or an application role the owner of an item.',
    calls: { command: 'changeOwnership' },
    params: (request) => ({ ...itemIn(request), ...pick(fieldsOf(request), ['accountType', 'owner']) }),
    answer: () => ({ status: 200 }),
    success: { status: 200 },
    maxBody: FORM_BYTES,
    body: shape({ accountType: ACCOUNT_TYPE, owner: TEXT }, ['accountType', 'owner']),
  },
  {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/getACL`,
    summary: 'The access control list of an item.',
    calls: { command: 'getCatalogAcl', method: 'Catalog.get_acl' },
    params: itemIn,
    answer: aclShown,
    success: { status: 200, body: listOf(ACL_ENTRY) },
  },
  {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/updateACL`,
    summary: 'Change the access control list of an item, and on request of everything below it.',
    calls: { command: 'updateCatalogAcl', method: 'Catalog.update_acl' },
    params: (request) => {
      const fields = fieldsOf(request);
      return { ...itemIn(request), ...pick(fields, ['aclList', 'recursive']), ...modeIn(fields) };
    },
    answer: aclShown,
    success: { status: 200, body: listOf(ACL_ENTRY) },
    maxBody: LIST_BYTES,
    body: shape({ aclList: listOf(ACL_ENTRY), recursive: BOOLEAN, updateMode: { type: 'string', enum: MODES } }, [
      'aclList',
    ]),
  },
  copyOrMove('move', 'Move an item, with everything below it, to another folder or another name.'),
  copyOrMove('copy', 'Copy an item, with everything below it.'),
  {
    verb: 'GET',
    path: CATALOG,
    summary: 'The types of items; with a search or a type, the items.',
    calls: { method: 'Accounts.who_am_i' },
    callsFor: (request) => managing(request, LIST.command) ?? (listsItems(request) ? LIST : undefined),
    params: (request) => {
      const list = listing(request);
      if (listsItems(request)) return { ...list, ...typeParam(request) };
      // The list of types needs no parameters: the call only makes sure that the caller is identified.
      return manages(request) ? { limit: 1 } : undefined;
    },
    query: { ...SEARCH, ...OF_TYPE },
    answer: (page: Page, request) => (listsItems(request) ? paged(page, request) : ok(TYPES.map((type) => ({ type })))),
    success: { status: 200, body: listOf(SOME_OF_ITEM) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}`,
    summary: 'The items of a type, a page at a time.',
    calls: LIST,
    callsFor: (request) => managing(request, LIST.command),
    params: (request) => ({ type: typeIn(request), ...listing(request) }),
    query: SEARCH,
    answer: paged,
    success: { status: 200, body: listOf(SOME_OF_ITEM) },
  },
  {
    verb: 'GET',
    path: ITEM_PATH,
    summary: 'One item, with its owner; with a search, the items directly in a folder or dashboard.',
    calls: ONE,
    callsFor: (request) => managing(request, itemCalls(request).command) ?? itemCalls(request),
    params: (request) => {
      const list = listing(request);
      return searches(request) ? { inside: itemIn(request), ...list, ...typeParam(request) } : itemIn(request);
    },
    query: { ...SEARCH, ...OF_TYPE },
    answer: (found: Item | Page, request) => ('items' in found ? paged(found, request) : itemShown(found, request)),
    success: { status: 200, body: { anyOf: [SOME_OF_ITEM, listOf(SOME_OF_ITEM)] } },
    // An item that the caller may not read counts as missing, unless they claim to manage content.
    refusal: (error, request) =>
      error.reason === 'permission_denied' && !manages(request)
        ? failure(404, 'NOT_FOUND', `There is no ${request.path.type} ${request.path.id}`)
        : undefined,
  },
  {
    verb: 'POST',
    path: `${CATALOG}/folders`,
    summary: 'Make a folder in another one, or with an id; on request with the folders above it.',
    calls: { command: 'createFolder', method: 'Catalog.create_folder' },
    params: (request) => {
      const fields = fieldsOf(request);
      return { ...pick(fields, ['name', 'createIntermediateFolders']), ...decodedIn(fields, ['id', 'parentId']) };
    },
    answer: (item: Item) => ok(shown(item)),
    success: { status: 200, body: ITEM },
    maxBody: FORM_BYTES,
    body: shape({ name: TEXT, parentId: TEXT, id: TEXT, createIntermediateFolders: BOOLEAN }),
  },
  {
    verb: 'DELETE',
    path: `${CATALOG}/folders/{id}`,
    summary: 'Delete a folder; with recursive=true also its content.',
    calls: { command: 'deleteResource', method: 'Resource.delete' },
    params: (request) => ({
      type: 'folders',
      externalId: decoded(request.path.id ?? ''),
      ...(flag(request, 'recursive') ? { recursive: true } : {}),
    }),
    query: { recursive: 'true: with its content.' },
    answer: () => ({ status: 200 }),
    success: { status: 200 },
  },
  {
    verb: 'DELETE',
    path: `${CATALOG}/connections/{id}`,
    summary: 'Delete a connection.',
    calls: { command: 'deleteResource', method: 'Resource.delete' },
    params: ({ path: { id = '' } }) => ({ type: 'connections', externalId: decoded(unpadded(id)) }),
    answer: () => ({ status: 200 }),
    success: { status: 200 },
  },
];

const itemCalls = (request: DialectRequest) => (searches(request) ? LIST : ONE);

/** Oracle documents the ids of connections in plain base64, with padding. */
const unpadded = (id: string): string =>
  id
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
