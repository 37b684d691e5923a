import { type DialectReply, type DialectRequest, FORM_BYTES, LIST_BYTES, type Route } from './dialect.ts';
import { itemShown, listing, manages, managing, OF_TYPE, paged, SEARCH, searches, typeAsked } from './oracleListing.ts';
import {
  CATALOG,
  decoded,
  decodedIn,
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
import { type Fields, fieldsOf, listOf, picked, shape, TEXT } from './words.ts';

/** What Oracle documents of its catalog's items: to find, share, move, copy and give them away. */

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

/** Oracle prints the default mode with a small letter. */
const modeIn = ({ updateMode }: Fields): Fields =>
  updateMode === undefined ? {} : { updateMode: updateMode === 'replaceAll' ? 'ReplaceAll' : updateMode };

const aclShown = ({ acl }: { readonly acl: readonly Fields[] }): DialectReply => ({ status: 200, body: acl });

/** Whether a list of items is asked for, rather than of their types. */
const listsItems = (asked: DialectRequest): boolean => searches(asked) || asked.query.has('type');

/** A copy or a move, which take the same. */
function going(action: 'move' | 'copy', summary: string): Route {
  return {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/${action}`,
    summary,
    calls: { command: `${action}CatalogItem`, method: `Catalog.${action}_item` },
    params: (asked) => {
      const fields = fieldsOf(asked);
      return {
        ...itemIn(asked),
        ...decodedIn(fields, ['destId', 'destParentId']),
        ...picked(fields, ['newItemName', 'overwrite', 'createIntermediateFolders']),
      };
    },
    answer: (item: Item) => ({ status: 200, body: shown(item) }),
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
    params: (asked) => ({ ...itemIn(asked), ...picked(fieldsOf(asked), ['accountType', 'owner']) }),
    answer: () => ({ status: 200 }),
    success: { status: 200 },
    maxBody: FORM_BYTES,
    body: shape({ accountType: ACCOUNT_TYPE, owner: TEXT }, ['accountType', 'owner']),
  },
  {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/getACL`,
    summary: 'Who was granted what on an item.',
    calls: { command: 'getCatalogAcl', method: 'Catalog.get_acl' },
    params: itemIn,
    answer: aclShown,
    success: { status: 200, body: listOf(ACL_ENTRY) },
  },
  {
    verb: 'POST',
    path: `${ITEM_PATH}/actions/updateACL`,
    summary: 'Change who may do what with an item, and on request with all below it.',
    calls: { command: 'updateCatalogAcl', method: 'Catalog.update_acl' },
    params: (asked) => {
      const fields = fieldsOf(asked);
      return { ...itemIn(asked), ...picked(fields, ['aclList', 'recursive']), ...modeIn(fields) };
    },
    answer: aclShown,
    success: { status: 200, body: listOf(ACL_ENTRY) },
    maxBody: LIST_BYTES,
    body: shape({ aclList: listOf(ACL_ENTRY), recursive: BOOLEAN, updateMode: { type: 'string', enum: MODES } }, [
      'aclList',
    ]),
  },
  going('move', 'Move an item, with all below it, into another folder, or rename it.'),
  going('copy', 'Copy an item, with all below it.'),
  {
    verb: 'GET',
    path: CATALOG,
    summary: 'The types of items there are; with a search or a type, the items.',
    calls: { method: 'Accounts.who_am_i' },
    callsFor: (asked) => managing(asked, LIST.command) ?? (listsItems(asked) ? LIST : undefined),
    params: (asked) => {
      const list = listing(asked);
      if (listsItems(asked)) return { ...list, ...typeAsked(asked) };
      // The types are the same for all: who asks for them must be somebody.
      return manages(asked) ? { limit: 1 } : undefined;
    },
    query: { ...SEARCH, ...OF_TYPE },
    answer: (page: Page, asked) =>
      listsItems(asked) ? paged(page, asked) : { status: 200, body: TYPES.map((type) => ({ type })) },
    success: { status: 200, body: listOf(SOME_OF_ITEM) },
  },
  {
    verb: 'GET',
    path: `${CATALOG}/{type}`,
    summary: 'The items of a type, a page at a time.',
    calls: LIST,
    callsFor: (asked) => managing(asked, LIST.command),
    params: (asked) => ({ type: typeIn(asked), ...listing(asked) }),
    query: SEARCH,
    answer: paged,
    success: { status: 200, body: listOf(SOME_OF_ITEM) },
  },
  {
    verb: 'GET',
    path: ITEM_PATH,
    summary: 'One item, with its owner; with a search, what is directly in a folder or dashboard.',
    calls: ONE,
    callsFor: (asked) => managing(asked, itemCalls(asked).command) ?? itemCalls(asked),
    params: (asked) => {
      const list = listing(asked);
      return searches(asked) ? { inside: itemIn(asked), ...list, ...typeAsked(asked) } : itemIn(asked);
    },
    query: { ...SEARCH, ...OF_TYPE },
    answer: (found: Item | Page, asked) => ('items' in found ? paged(found, asked) : itemShown(found, asked)),
    success: { status: 200, body: { anyOf: [SOME_OF_ITEM, listOf(SOME_OF_ITEM)] } },
    // What one may not read is not there; nobody but administrators manages content.
    refusal: (error, asked) =>
      error.reason === 'permission_denied' && !manages(asked)
        ? {
            status: 404,
            body: { code: 'NOT_FOUND', message: `There is no ${asked.path.type} ${asked.path.id}` },
          }
        : undefined,
  },
  {
    verb: 'POST',
    path: `${CATALOG}/folders`,
    summary: 'Make a folder in another, or of an id; on request with those above it.',
    calls: { command: 'createFolder', method: 'Catalog.create_folder' },
    params: (asked) => {
      const fields = fieldsOf(asked);
      return {
        ...picked(fields, ['name', 'createIntermediateFolders']),
        ...decodedIn(fields, ['id', 'parentId']),
      };
    },
    answer: (item: Item) => ({ status: 200, body: shown(item) }),
    success: { status: 200, body: ITEM },
    maxBody: FORM_BYTES,
    body: shape({ name: TEXT, parentId: TEXT, id: TEXT, createIntermediateFolders: BOOLEAN }),
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

const itemCalls = (asked: DialectRequest) => (searches(asked) ? LIST : ONE);

/** Oracle prints the ids of connections in plain base64, with padding. */
const unpadded = (id: string): string =>
  id
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
