import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPortal, type Portal } from './portal.ts';

/** Content whose owner leaves: access to it, moving it, and copying it. */

const P = '/api/20210901/catalog';
const encoded = (id: string) => Buffer.from(id).toString('base64url');
const decoded = (id: string) => Buffer.from(id, 'base64url').toString();

let portal: Portal;
const bearer = (user: string) => ({ headers: { authorization: `Bearer ${portal.tokenOf(user)}` } });

/** Reads an item, or runs an action on it. */
async function ask(
  verb: 'GET' | 'POST' | 'DELETE',
  [type, id, action]: readonly string[],
  body?: unknown,
  user = 'boss',
) {
  const path = `${P}/${type}${id === undefined ? '' : `/${encoded(id)}`}${action === undefined ? '' : `/actions/${action}`}`;
  return portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...bearer(user) });
}
const itemAt = async (type: string, id: string, user = 'boss') => {
  const { status, body } = await ask('GET', [type, id], undefined, user);
  return status === 200 ? { ...body, id: decoded(body.id), parentId: body.parentId && decoded(body.parentId) } : status;
};
const acl = async (type: string, id: string, user = 'boss') => (await ask('POST', [type, id, 'getACL'], '', user)).body;
const brief = (entries: readonly { accountGuid: string; permissions: Record<string, boolean> }[]) =>
  Object.fromEntries(
    entries.map(({ accountGuid, permissions }) => [
      accountGuid,
      Object.keys(permissions).filter((name) => permissions[name]),
    ]),
  );
const READ = ['read', 'list', 'execute'];
const WRITE = ['read', 'write', 'list', 'execute'];
const ADMIN = [...WRITE, 'changePermission'];
const sorted = (found: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(found).map(([key, names]) => [key, [...names].sort()]));
const expectAcl = async (type: string, id: string, wanted: Record<string, string[]>) =>
  expect(sorted(brief(await acl(type, id)))).toEqual(sorted(wanted));

const user = (accountGuid: string, ...permissions: string[]) => entry('User', accountGuid, permissions);
const role = (accountGuid: string, ...permissions: string[]) => entry('ApplicationRole', accountGuid, permissions);
const entry = (accountType: string, accountGuid: string, permissions: string[]) => ({
  accountType,
  accountGuid,
  permissions: Object.fromEntries(permissions.map((name) => [name, true])),
});

/** A folder for one test: `/@Catalog/shared/<name>`, with a book and a folder with a report. All belong to au. */
let root: string;
let tests = 0;
const make = (type: string, name: string, externalId: string, parents: string[] = [], owner = 'au') =>
  portal.run('createResource', { type, name, externalId, parents, owners: [{ accountType: 'User', owner }] });
let ids: { readonly root: string; readonly book: string; readonly inner: string; readonly report: string };

beforeAll(async () => {
  portal = await openPortal();
  await portal.meet('boss', 'au', 'ann', 'bob', 'eve');
  await portal.run('createRole', { name: 'Sales', members: ['bob'] });
  await make('folders', 'shared', '/@Catalog/shared');
});
afterAll(() => portal[Symbol.asyncDispose]());
beforeEach(async () => {
  root = `/@Catalog/shared/root ${++tests}`;
  ids = {
    root: `res-${randomUUID()}`,
    book: `res-${randomUUID()}`,
    inner: `res-${randomUUID()}`,
    report: `res-${randomUUID()}`,
  };
  // Stored directly, which is faster: there are many tests.
  const { db } = portal.database;
  const [shared] = await db.collection('resources').find({ externalId: '/@Catalog/shared' }).toArray();
  const stored = (_id: string, type: string, name: string, externalId: string, parent: unknown) => ({
    ...shared,
    ...{ _id, type, name, externalId, parents: [parent], owners: ['au'], revision: 1 },
  });
  await db
    .collection('resources')
    .insertMany([
      stored(ids.root, 'folders', `root ${tests}`, root, shared?._id),
      stored(ids.book, 'workbooks', 'Book', `${root}/Book`, ids.root),
      stored(ids.inner, 'folders', 'Inner', `${root}/Inner`, ids.root),
      stored(ids.report, 'reports', 'Report', `${root}/Inner/Report`, ids.inner),
    ] as never[]);
});

describe('the access control list of an item', () => {
  it('can be replaced, changed for some accounts, and withdrawn from some', async () => {
    const update = async (aclList: unknown[], updateMode?: string) =>
      ask('POST', ['workbooks', `${root}/Book`, 'updateACL'], { aclList, ...(updateMode ? { updateMode } : {}) });
    expect(await acl('workbooks', `${root}/Book`)).toEqual([]);
    const set = await update([user('ann', 'read', 'list'), role('Sales', ...ADMIN)]);
    expect([set.status, sorted(brief(set.body))]).toEqual([200, sorted({ ann: READ, Sales: ADMIN })]);
    expect(set.body[1]).toMatchObject({ accountType: 'ApplicationRole', accountDisplayName: 'Sales' });
    await update([user('ann', 'read', 'write'), user('eve', 'read')], 'ReplaceMatchingAccounts');
    await expectAcl('workbooks', `${root}/Book`, { ann: WRITE, eve: READ, Sales: ADMIN });
    // No permission means no access.
    await update([user('ann'), user('eve', 'read')], 'ReplaceMatchingAccounts');
    await expectAcl('workbooks', `${root}/Book`, { eve: READ, Sales: ADMIN });
    await update([role('Sales', 'read'), user('ann')], 'DeleteMatchingAccounts');
    await expectAcl('workbooks', `${root}/Book`, { eve: READ });
    await update([user('ann', 'read')], 'replaceAll');
    await expectAcl('workbooks', `${root}/Book`, { ann: READ });
    await update([], 'ReplaceAll');
    await expectAcl('workbooks', `${root}/Book`, {});
  });

  it('can be sent back as it was read', async () => {
    const path = ['workbooks', `${root}/Book`, 'updateACL'] as const;
    await ask('POST', path, { aclList: [user('ann', ...ADMIN), user('eve', ...WRITE), role('Sales', ...READ)] });
    const before = await acl('workbooks', `${root}/Book`);
    for (const updateMode of ['ReplaceAll', 'ReplaceMatchingAccounts']) {
      const again = await ask('POST', path, { aclList: before, updateMode });
      expect([again.status, again.body]).toEqual([200, before]);
    }
    const record = (await portal.records()).findLast((r) => r.command === 'updateCatalogAcl');
    expect(record).toMatchObject({ outcome: 'success', authority: 'admin', changes: [] });
  });

  it('decides who may read, write and share', async () => {
    const path = ['workbooks', `${root}/Book`, 'updateACL'] as const;
    expect(await itemAt('workbooks', `${root}/Book`, 'bob')).toBe(404);
    await ask('POST', path, { aclList: [role('Sales', 'read')] });
    expect(await itemAt('workbooks', `${root}/Book`, 'bob')).toMatchObject({ name: 'Book' });
    // Readers may not share it, and for others it does not exist.
    for (const [who, status] of [
      ['bob', 403],
      ['eve', 404],
    ] as const) {
      expect((await ask('POST', ['workbooks', `${root}/Book`, 'getACL'], '', who)).status).toBe(status);
      expect((await ask('POST', path, { aclList: [user('eve', 'read')] }, who)).status).toBe(status);
    }
    await ask('POST', path, { aclList: [role('Sales', ...ADMIN)] });
    expect(
      (await ask('POST', path, { aclList: [user('eve', 'read')], updateMode: 'ReplaceMatchingAccounts' }, 'bob'))
        .status,
    ).toBe(200);
    expect(await itemAt('workbooks', `${root}/Book`, 'eve')).toMatchObject({ name: 'Book' });
    const own = await ask('POST', path, { aclList: [] }, 'au');
    expect([own.status, own.body]).toEqual([200, []]);
  });

  it('of a folder reaches everything below it on request', async () => {
    const path = ['folders', root, 'updateACL'] as const;
    await ask('POST', ['reports', `${root}/Inner/Report`, 'updateACL'], { aclList: [user('eve', 'read')] });
    await ask('POST', path, { aclList: [user('ann', 'read')], updateMode: 'ReplaceMatchingAccounts' });
    await expectAcl('workbooks', `${root}/Book`, {});
    await ask('POST', path, { aclList: [user('ann', 'read')], updateMode: 'ReplaceMatchingAccounts', recursive: true });
    for (const [type, id] of [
      ['workbooks', `${root}/Book`],
      ['folders', `${root}/Inner`],
    ] as const) {
      await expectAcl(type, id, { ann: READ });
    }
    await expectAcl('reports', `${root}/Inner/Report`, { ann: READ, eve: READ });
    await ask('POST', path, { aclList: [role('Sales', 'read', 'write')], recursive: true });
    await expectAcl('reports', `${root}/Inner/Report`, { Sales: WRITE });
    await ask('POST', path, { aclList: [role('Sales')], updateMode: 'DeleteMatchingAccounts', recursive: true });
    await expectAcl('reports', `${root}/Inner/Report`, {});
    // Everything or nothing.
    await portal.run('changeOwnership', {
      type: 'reports',
      id: `${root}/Inner/Report`,
      accountType: 'User',
      owner: 'ann',
    });
    const refused = await ask('POST', path, { aclList: [user('eve', 'read')], recursive: true }, 'au');
    expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN']);
    await expectAcl('folders', root, {});
  });

  it('prefers a user’s id to a name', async () => {
    const { id } = await portal.run('addUser', { id: 'victim' }, 'vic');
    await portal.run('addUser', { id: 'spy-id' }, 'victim');
    await ask('POST', ['workbooks', `${root}/Book`, 'updateACL'], { aclList: [user('victim', 'read')] });
    expect(id).toBe('victim');
    expect(await acl('workbooks', `${root}/Book`)).toMatchObject([
      { accountGuid: 'victim', accountDisplayName: 'vic' },
    ]);
    await portal.run('deleteUser', undefined, 'victim');
    await portal.run('deleteUser', undefined, 'vic');
  });

  it.each([
    ['no list', {}],
    ['a list that is none', { aclList: {} }],
    ['another mode', { aclList: [], updateMode: 'Merge' }],
    ['recursive that is no boolean', { aclList: [], recursive: 'true' }],
    ['an account of another kind', { aclList: [{ accountGuid: 'ann', accountType: 'Group' }] }],
    ['an account without its kind', { aclList: [{ accountGuid: 'ann' }] }],
    ['an account twice', { aclList: [user('ann', 'read'), user('ann', 'write')] }],
    ['a permission that there is not', { aclList: [user('ann', 'read', 'fly')] }],
    ['a permission that is no boolean', { aclList: [{ ...user('ann'), permissions: { read: 'yes' } }] }],
    ['writing without reading', { aclList: [user('ann', 'write')] }],
    ['sharing without writing', { aclList: [user('ann', 'read', 'changePermission')] }],
    ['listing alone', { aclList: [user('ann', 'list')] }],
    ['an operator', { aclList: [{ accountGuid: { $ne: '' }, accountType: 'User' }] }],
  ])('is not changed by %s', async (_, body) => {
    const path = ['workbooks', `${root}/Book`, 'updateACL'] as const;
    await ask('POST', path, { aclList: [user('eve', 'read')] });
    const reply = await ask('POST', path, body);
    expect([reply.status, reply.body]).toEqual([400, { code: 'BAD_REQUEST', message: expect.any(String) }]);
    await expectAcl('workbooks', `${root}/Book`, { eve: READ });
  });

  it('names the account that is unknown, or cannot receive rights', async () => {
    const path = ['workbooks', `${root}/Book`, 'updateACL'] as const;
    for (const account of [user('nobody', 'read'), role('Nobodies', 'read'), role('ann', 'read')]) {
      const reply = await ask('POST', path, { aclList: [account] });
      expect([reply.status, reply.body.code]).toEqual([400, 'UNKNOWN_ACCOUNT']);
    }
    await portal.meet('dora');
    await ask('POST', path, { aclList: [user('dora', 'read')] });
    await portal.run('disableUser', undefined, 'dora');
    const reply = await ask('POST', path, { aclList: [user('dora', 'write', 'read')] });
    expect([reply.status, reply.body.code]).toEqual([400, 'ACCOUNT_NOT_ACTIVE']);
    // Rights can be withdrawn from users who cannot receive any more.
    const taken = await ask('POST', path, { aclList: [user('dora')], updateMode: 'DeleteMatchingAccounts' });
    expect([taken.status, taken.body]).toEqual([200, []]);
    await portal.run('enableUser', undefined, 'dora');
  });
});

describe('a moved folder', () => {
  const move = (destination: Record<string, unknown>, who = 'boss', [type, id] = ['folders', root]) =>
    ask('POST', [type ?? '', id ?? '', 'move'], destination, who);

  it('has its new path as its id, and so has everything below it; owners, grants and internal ids stay', async () => {
    await ask('POST', ['reports', `${root}/Inner/Report`, 'updateACL'], { aclList: [user('eve', 'read')] });
    await make('datasets', 'Set', `'au'.'Set ${tests}'`, [ids.inner]);
    const archive = `/@Catalog/shared/archive ${tests}`;
    await ask('POST', ['folders'], { id: encoded(archive), createIntermediateFolders: true });
    const before = await portal.run('getAcl', { id: ids.report });
    const moved = await move({ destParentId: encoded(archive) });
    const to = `${archive}/root ${tests}`;
    expect([moved.status, decoded(moved.body.id), moved.body.name]).toEqual([200, to, `root ${tests}`]);
    expect(await itemAt('folders', to)).toMatchObject({ parentId: archive, owner: 'au' });
    expect(await itemAt('reports', `${to}/Inner/Report`)).toMatchObject({ parentId: `${to}/Inner`, owner: 'au' });
    expect(await itemAt('reports', `${to}/Inner/Report`, 'eve')).toMatchObject({ name: 'Report' });
    expect(await itemAt('datasets', `'au'.'Set ${tests}'`)).toMatchObject({ parentId: `${to}/Inner` });
    expect(await portal.run('getAcl', { id: ids.report })).toEqual({ ...before, externalId: `${to}/Inner/Report` });
    for (const [type, id] of [
      ['folders', root],
      ['workbooks', `${root}/Book`],
      ['reports', `${root}/Inner/Report`],
    ] as const) {
      expect(await itemAt(type, id)).toBe(404);
    }
    const record = (await portal.records()).findLast((r) => r.command === 'moveCatalogItem');
    const paths = (
      (record?.changes ?? []) as { id: string; fields?: { path: string; before: string; after: string }[] }[]
    )
      .flatMap(({ id, fields = [] }) => fields.map((field) => ({ id, ...field })))
      .filter(({ path }) => path === 'externalId')
      .map(({ id, before: was, after }) => [id, was, after]);
    expect(paths.sort()).toEqual(
      [
        [ids.root, root, to],
        [ids.book, `${root}/Book`, `${to}/Book`],
        [ids.inner, `${root}/Inner`, `${to}/Inner`],
        [ids.report, `${root}/Inner/Report`, `${to}/Inner/Report`],
      ].sort(),
    );
  });

  it('is moved back by the same call, and takes its name from what it is called', async () => {
    const renamed = await move({ newItemName: `renamed ${tests}` });
    const to = `/@Catalog/shared/renamed ${tests}`;
    expect([renamed.status, decoded(renamed.body.id), renamed.body.name]).toEqual([200, to, `renamed ${tests}`]);
    expect(await itemAt('workbooks', `${to}/Book`)).toMatchObject({ name: 'Book' });
    const back = await move({ destId: encoded(root) }, 'boss', ['folders', to]);
    expect([back.status, decoded(back.body.id), back.body.name]).toEqual([200, root, `root ${tests}`]);
    expect(await itemAt('reports', `${root}/Inner/Report`)).toMatchObject({ parentId: `${root}/Inner` });
    const same = await move({ destId: encoded(root) });
    expect(same.status).toBe(200);
    const record = (await portal.records()).findLast((r) => r.command === 'moveCatalogItem');
    expect(record?.changes).toEqual([]);
  });

  it('is still transferred by a job, and reverted', async () => {
    const job = await portal.run('changeOwner', { from: 'au', to: 'ann', under: ids.root });
    expect(job).toMatchObject({ moved: 4, failed: 0 });
    await move({ newItemName: `given ${tests}` });
    const to = `/@Catalog/shared/given ${tests}`;
    expect(await itemAt('reports', `${to}/Inner/Report`)).toMatchObject({ owner: 'ann' });
    expect(await portal.run('revertJob', { id: job.job })).toMatchObject({ moved: 4, failed: 0, skipped: 0 });
    expect(await itemAt('reports', `${to}/Inner/Report`)).toMatchObject({ owner: 'au' });
  });

  it('gets missing folders above it on request', async () => {
    const deep = `/@Catalog/shared/${tests}/a/b`;
    const without = await move({ destParentId: encoded(deep) });
    expect([without.status, without.body.code]).toEqual([404, 'NOT_FOUND']);
    const moved = await move({ destParentId: encoded(deep), createIntermediateFolders: true });
    expect([moved.status, decoded(moved.body.id)]).toEqual([200, `${deep}/root ${tests}`]);
    expect(await itemAt('folders', deep)).toMatchObject({ parentId: `/@Catalog/shared/${tests}/a`, owner: 'boss' });
    expect(await itemAt('folders', `/@Catalog/shared/${tests}`)).toMatchObject({ parentId: '/@Catalog/shared' });
  });

  it('replaces another item only on request, and none that has content', async () => {
    const other = `${root}/Inner/Book`;
    await make('workbooks', 'Book', other, [ids.inner]);
    const to = { destParentId: encoded(`${root}/Inner`) };
    const refused = await move(to, 'boss', ['workbooks', `${root}/Book`]);
    expect([refused.status, refused.body.code]).toEqual([400, 'ITEM_EXISTS']);
    // Only a user who may delete the present item can replace it.
    await portal.run('changeOwnership', { type: 'workbooks', id: other, accountType: 'User', owner: 'ann' });
    expect((await move({ ...to, overwrite: true }, 'au', ['workbooks', `${root}/Book`])).status).toBe(403);
    const done = await move({ ...to, overwrite: true }, 'boss', ['workbooks', `${root}/Book`]);
    expect([done.status, await itemAt('workbooks', other)]).toEqual([200, expect.objectContaining({ owner: 'au' })]);
    const empty = `/@Catalog/shared/full ${tests}`;
    await ask('POST', ['folders'], { id: encoded(`${empty}/sub`), createIntermediateFolders: true });
    const full = await move({ destId: encoded(empty), overwrite: true });
    expect([full.status, full.body.code]).toEqual([400, 'FOLDER_NOT_EMPTY']);
    expect(await itemAt('folders', root)).toMatchObject({ name: `root ${tests}` });
  });

  it.each([
    ['below itself', () => ({ destParentId: encoded(`${root}/Inner`) }), 400, 'FOLDER_CYCLE'],
    [
      'below itself, into folders yet to be made',
      () => ({ destParentId: encoded(`${root}/new`), createIntermediateFolders: true }),
      400,
      'FOLDER_CYCLE',
    ],
    ['into a workbook', () => ({ destParentId: encoded(`${root}/Book`) }), 404, 'NOT_FOUND'],
    ['to a name with a slash', () => ({ newItemName: 'a/b' }), 400, 'BAD_REQUEST'],
    ['to an empty name', () => ({ newItemName: '' }), 400, 'BAD_REQUEST'],
    ['to a path with an empty part', () => ({ destId: encoded('/@Catalog/shared//x') }), 404, 'NOT_FOUND'],
    ['to the root of the catalog', () => ({ destId: encoded('/@Catalog') }), 400, 'BAD_REQUEST'],
    ['to an id that is no path', () => ({ destId: encoded("'au'.'x'") }), 400, 'BAD_REQUEST'],
    ['to an id as Steward gives them', () => ({ destId: encoded(`res-${randomUUID()}`) }), 400, 'BAD_REQUEST'],
    ['to an id that is none', () => ({ destId: 'a+b' }), 400, 'INVALID_ID'],
    ['to an id that is no text', () => ({ destParentId: { $ne: '' } }), 400, 'INVALID_ID'],
    [
      'to an id and a folder that differ',
      () => ({ destId: encoded('/@Catalog/shared/x'), destParentId: encoded(root) }),
      400,
      'BAD_REQUEST',
    ],
    [
      'to an id and a name that differ',
      () => ({ destId: encoded('/@Catalog/shared/x'), newItemName: 'y' }),
      400,
      'BAD_REQUEST',
    ],
    ['to a path that is too long', () => ({ newItemName: 'x'.repeat(256) }), 400, 'BAD_REQUEST'],
    ['with what is no boolean', () => ({ newItemName: 'x', overwrite: 'yes' }), 400, 'BAD_REQUEST'],
  ])('is not moved %s', async (_, destination, status, code) => {
    const before = await portal.contents('resources');
    const reply = await move(destination());
    expect([reply.status, reply.body]).toEqual([status, { code, message: expect.any(String) }]);
    expect(await portal.contents('resources')).toEqual(before);
  });

  it('is not moved if the ids below it would be too long', async () => {
    const long = Array.from({ length: 4 }, (_, i) => `${i}`.repeat(230)).join('/');
    const to = { destParentId: encoded(`/@Catalog/shared/${long}`), createIntermediateFolders: true };
    await portal.run('updateResource', { id: ids.report, newExternalId: `${root}/Inner/${'r'.repeat(100)}` });
    const reply = await move(to);
    expect([reply.status, reply.body.code]).toEqual([400, 'BAD_REQUEST']);
    expect(await itemAt('folders', root)).toMatchObject({ owner: 'au' });
  });

  it('cannot make a role own what a role may not own', async () => {
    await portal.run('changeOwnership', {
      ...{ type: 'reports', id: `${root}/Inner/Report` },
      ...{ accountType: 'ApplicationRole', owner: 'Sales' },
    });
    await make('folders', 'shared', `/@default/shared ${tests}`);
    const reply = await move({ destParentId: encoded(`/@default/shared ${tests}`) });
    expect([reply.status, reply.body.code]).toEqual([400, 'OWNER_KIND_NOT_ALLOWED']);
    expect(await itemAt('reports', `${root}/Inner/Report`)).toMatchObject({ owner: 'Sales' });
  });

  it('needs, for a user, the right to write to all of it, and to its old and new parents', async () => {
    const target = `/@Catalog/shared/anns ${tests}`;
    await ask('POST', ['folders'], { id: encoded(target), createIntermediateFolders: true });
    const to = { destParentId: encoded(target) };
    expect((await move(to, 'eve')).status).toBe(404);
    // The new parent does not exist for a user who may not read it.
    expect((await move(to, 'au')).status).toBe(404);
    const share = (type: string, id: string, ...permissions: string[]) =>
      ask('POST', [type, id, 'updateACL'], { aclList: [user('au', ...permissions)] });
    await share('folders', target, 'read');
    expect((await move(to, 'au')).status).toBe(403);
    await share('folders', target, 'read', 'write');
    await portal.run('changeOwnership', {
      type: 'reports',
      id: `${root}/Inner/Report`,
      accountType: 'User',
      owner: 'ann',
    });
    const below = await move(to, 'au');
    expect([below.status, below.body.message]).toEqual([403, expect.stringContaining(`${root}/Inner/Report`)]);
    await share('reports', `${root}/Inner/Report`, 'read', 'write');
    // An item whose path is below the folder, but that is not in it, stays where it is.
    await make('models', 'Stray', `${root}/Stray`, [], 'ann');
    expect((await move(to, 'au')).status).toBe(200);
    expect(await itemAt('reports', `${target}/root ${tests}/Inner/Report`)).toMatchObject({ owner: 'ann' });
    expect(await itemAt('models', `${root}/Stray`)).toMatchObject({ owner: 'ann' });
  });

  it('is moved only by writers, and renamed only by users who may write to its parent', async () => {
    await ask('POST', ['workbooks', `${root}/Book`, 'updateACL'], { aclList: [user('eve', 'read', 'write')] });
    const renamed = await move({ newItemName: 'x' }, 'eve', ['workbooks', `${root}/Book`]);
    expect([renamed.status, renamed.body.code]).toEqual([403, 'FORBIDDEN']);
    await ask('POST', ['folders', root, 'updateACL'], { aclList: [user('eve', 'read', 'write')] });
    expect((await move({ newItemName: 'x' }, 'eve', ['workbooks', `${root}/Book`])).status).toBe(200);
  });

  it('takes along what is added meanwhile, and two items never get one id', async () => {
    const books = await Promise.all(
      [1, 2, 3].map((n) => make('workbooks', `Book ${n}`, `${root}/Book ${n}`, [ids.root]).then(() => n)),
    );
    const same = await Promise.all(
      books.map((n) => move({ newItemName: 'same' }, 'boss', ['workbooks', `${root}/Book ${n}`])),
    );
    const told = same.map(({ status, body }) => [status, body.code ?? body.name]);
    expect(told.sort()).toEqual([
      [200, 'same'],
      [400, 'ITEM_EXISTS'],
      [400, 'ITEM_EXISTS'],
    ]);
    const parentId = encoded(`${root}/Inner`);
    const [moved, ...made] = await Promise.all([
      move({ newItemName: `busy ${tests}` }),
      ...[1, 2, 3].map((n) => ask('POST', ['folders'], { name: `new ${n}`, parentId })),
    ]);
    expect(moved?.status).toBe(200);
    for (const { status } of made) expect([200, 404]).toContain(status);
    const left = (await portal.contents('resources')).filter(({ externalId }) =>
      String(externalId).startsWith(`${root}/`),
    );
    expect(left).toEqual([]);
  });

  it('must have a type that Oracle moves', async () => {
    await make('dashboards', 'Board', `${root}/Board`, [ids.root]);
    const to = { destParentId: encoded(`${root}/Inner`) };
    expect((await move(to, 'boss', ['dashboards', `${root}/Board`])).status).toBe(200);
    for (const type of ['datasets', 'connections', 'dataflows', 'sequences', 'scripts']) {
      await make(type, 'Thing', `${root}/${type}`, [ids.root]);
      const reply = await move(to, 'boss', [type, `${root}/${type}`]);
      expect([reply.status, reply.body]).toEqual([
        400,
        { code: 'BAD_REQUEST', message: expect.stringContaining(type) },
      ]);
    }
    expect((await move(to, 'boss', ['workbooks', `${root}/Nothing`])).status).toBe(404);
  });

  it('changes nothing in a dry run, which shows everything', async () => {
    const before = await portal.contents('resources');
    const params = { type: 'folders', id: root, newItemName: 'dry' };
    const { result } = await portal.administer('boss', { command: 'moveCatalogItem', params, dryRun: true });
    expect(JSON.stringify(result)).toContain('/@Catalog/shared/dry/Inner/Report');
    expect(await portal.contents('resources')).toEqual(before);
  });
});

describe('a copy', () => {
  const copy = (destination: Record<string, unknown>, who = 'boss', [type, id] = ['folders', root]) =>
    ask('POST', [type ?? '', id ?? '', 'copy'], destination, who);

  it('includes everything below the item, belongs to its maker, and gives nobody else a right', async () => {
    await portal.run('updateResource', { id: ids.book, data: { description: 'words', pages: [1, 2] } });
    await ask('POST', ['folders', root, 'updateACL'], { aclList: [user('eve', 'read')], recursive: true });
    const before = (await portal.contents('resources')).length;
    const made = await copy({ newItemName: `copy ${tests}` });
    const to = `/@Catalog/shared/copy ${tests}`;
    expect([made.status, decoded(made.body.id), made.body.owner]).toEqual([200, to, 'boss']);
    expect((await portal.contents('resources')).length).toBe(before + 4);
    expect(await itemAt('reports', `${to}/Inner/Report`)).toMatchObject({ parentId: `${to}/Inner`, owner: 'boss' });
    expect(await portal.run('getResource', { type: 'workbooks', externalId: `${to}/Book` })).toMatchObject({
      data: { description: 'words', pages: [1, 2] },
      stamp: { name: 'boss' },
    });
    expect(await itemAt('workbooks', `${to}/Book`, 'eve')).toBe(404);
    await expectAcl('workbooks', `${to}/Book`, {});
    await expectAcl('workbooks', `${root}/Book`, { eve: READ });
    expect(await itemAt('workbooks', `${root}/Book`)).toMatchObject({ owner: 'au' });
  });

  it('by a user includes what they may read', async () => {
    await make('folders', 'eves', `/@Catalog/users/eve ${tests}`, [], 'eve');
    const to = { destParentId: encoded(`/@Catalog/users/eve ${tests}`) };
    expect((await copy(to, 'eve')).status).toBe(404);
    await ask('POST', ['folders', root, 'updateACL'], { aclList: [user('eve', 'read')], recursive: true });
    await ask('POST', ['folders', `${root}/Inner`, 'updateACL'], { aclList: [] });
    const made = await copy(to, 'eve');
    const copied = `/@Catalog/users/eve ${tests}/root ${tests}`;
    expect([made.status, made.body.owner]).toEqual([200, 'eve']);
    expect(await itemAt('workbooks', `${copied}/Book`, 'eve')).toMatchObject({ owner: 'eve' });
    expect(await itemAt('folders', `${copied}/Inner`)).toBe(404);
    expect((await copy({ destParentId: encoded(root) }, 'eve', ['workbooks', `${root}/Book`])).status).toBe(403);
  });

  it('of an item with the owner in its id has its maker there', async () => {
    await make('datasets', 'Set', `'au'.'Set ${tests}'`, [ids.inner]);
    const made = await copy({ newItemName: `Set ${tests} b` }, 'boss', ['datasets', `'au'.'Set ${tests}'`]);
    expect([made.status, decoded(made.body.id)]).toEqual([200, `'boss'.'Set ${tests} b'`]);
    expect(await itemAt('datasets', `'boss'.'Set ${tests} b'`)).toMatchObject({ parentId: `${root}/Inner` });
    const exact = await copy({ destId: encoded(`'ann'.'Set ${tests}'`) }, 'boss', ['datasets', `'au'.'Set ${tests}'`]);
    expect([exact.status, decoded(exact.body.id)]).toEqual([200, `'ann'.'Set ${tests}'`]);
    // Also in a folder that is copied.
    expect((await copy({ newItemName: `sets ${tests}` })).status).toBe(400);
    await ask('POST', ['datasets', `'boss'.'Set ${tests} b'`, 'updateACL'], { aclList: [] });
    await portal.run('deleteResource', { type: 'datasets', externalId: `'boss'.'Set ${tests} b'` });
    await portal.run('deleteResource', { type: 'datasets', externalId: `'ann'.'Set ${tests}'` });
    expect((await copy({ newItemName: `sets ${tests}` })).status).toBe(200);
    expect(await itemAt('datasets', `'boss'.'Set ${tests}'`)).toMatchObject({
      parentId: `/@Catalog/shared/sets ${tests}/Inner`,
    });
  });

  it('replaces an item on request, and never itself or its parents', async () => {
    const there = await copy({}, 'boss', ['workbooks', `${root}/Book`]);
    expect([there.status, there.body.code]).toEqual([400, 'ITEM_EXISTS']);
    const itself = await copy({ overwrite: true }, 'boss', ['workbooks', `${root}/Book`]);
    expect([itself.status, itself.body.code]).toEqual([400, 'ITEM_EXISTS']);
    const native = await copy({ destId: encoded(`res-${randomUUID()}`) }, 'boss', ['workbooks', `${root}/Book`]);
    expect([native.status, native.body.code]).toEqual([400, 'BAD_REQUEST']);
    const inside = await copy({ destParentId: encoded(`${root}/Inner`) });
    expect([inside.status, inside.body.code]).toEqual([400, 'FOLDER_CYCLE']);
    await make('workbooks', 'Other', `${root}/Other`, [ids.root], 'ann');
    const replaced = await copy({ destId: encoded(`${root}/Other`), overwrite: true }, 'boss', [
      'workbooks',
      `${root}/Book`,
    ]);
    expect([replaced.status, replaced.body.name, replaced.body.owner]).toEqual([200, 'Other', 'boss']);
  });

  it('changes nothing in a dry run', async () => {
    const before = await portal.contents('resources');
    const params = { type: 'folders', id: root, newItemName: 'dry' };
    const { result } = await portal.administer('boss', { command: 'copyCatalogItem', params, dryRun: true });
    expect(JSON.stringify(result)).toContain('/@Catalog/shared/dry/Inner/Report');
    expect(await portal.contents('resources')).toEqual(before);
  });
});

describe('a folder', () => {
  const create = (body: unknown, who = 'boss') => ask('POST', ['folders'], body, who);

  it('is made by its id or by its name, with missing parents on request', async () => {
    const id = `${root}/2024/Q4`;
    expect((await create({ id: encoded(id) })).status).toBe(404);
    const made = await create({ id: encoded(id), createIntermediateFolders: true });
    expect([made.status, made.body]).toMatchObject([200, { id: encoded(id), name: 'Q4', owner: 'boss' }]);
    expect(await itemAt('folders', `${root}/2024`)).toMatchObject({ parentId: root });
    const named = await create({ name: 'a', parentId: encoded(`${root}/2025`), createIntermediateFolders: true });
    expect([named.status, decoded(named.body.id)]).toEqual([200, `${root}/2025/a`]);
    const again = await create({ id: encoded(id), createIntermediateFolders: true });
    expect([again.status, again.body.code]).toEqual([400, 'ITEM_EXISTS']);
    // At the top of the catalog, only administrators make folders.
    const top = { id: encoded(`/@default/top ${tests}/a`), createIntermediateFolders: true };
    expect((await create(top, 'au')).status).toBe(404);
    expect((await create(top)).status).toBe(200);
    expect(await itemAt('folders', `/@default/top ${tests}`)).toMatchObject({ owner: 'boss' });
  });

  it('of a user is made where they may write, and belongs to them', async () => {
    const made = await create({ id: encoded(`${root}/x/y`), createIntermediateFolders: true }, 'au');
    expect([made.status, made.body.owner]).toEqual([200, 'au']);
    await ask('POST', ['folders', root, 'updateACL'], { aclList: [user('eve', 'read')] });
    expect((await create({ id: encoded(`${root}/z/y`), createIntermediateFolders: true }, 'eve')).status).toBe(403);
    expect(await itemAt('folders', `${root}/z`)).toBe(404);
  });

  it.each([
    ['nothing', {}],
    ['a name alone', { name: 'x' }],
    ['both', { id: encoded('/@Catalog/shared/x'), name: 'x', parentId: encoded('/@Catalog/shared') }],
    ['the root', { id: encoded('/@Catalog'), createIntermediateFolders: true }],
    ['an empty part', { id: encoded('/@Catalog/shared//x'), createIntermediateFolders: true }],
    ['no path', { id: encoded('x'), createIntermediateFolders: true }],
    ['a slash in its name', { name: 'a/b', parentId: encoded('/@Catalog/shared') }],
  ])('is not made from %s', async (_, body) => {
    const before = (await portal.contents('resources')).length;
    const reply = await create(body);
    expect([reply.status, reply.body.code]).toEqual([400, 'BAD_REQUEST']);
    expect((await portal.contents('resources')).length).toBe(before);
  });
});

it('a connection is deleted by an id with padding, as in Oracle’s documentation', async () => {
  const owner = { accountType: 'User', owner: 'au' };
  await portal.run('createResource', { type: 'connections', name: 'c', externalId: "'au'.'conn'", owners: [owner] });
  const id = Buffer.from("'au'.'conn'").toString('base64');
  expect(id).toMatch(/=$/);
  const path = `${P}/connections/${encodeURIComponent(id)}`;
  expect((await portal.ask('DELETE', path, bearer('eve'))).body.code).toBe('FORBIDDEN');
  const gone = await portal.ask('DELETE', path, bearer('boss'));
  expect([gone.status, gone.text]).toEqual([200, '']);
  expect((await portal.ask('DELETE', path, bearer('boss'))).status).toBe(404);
});
