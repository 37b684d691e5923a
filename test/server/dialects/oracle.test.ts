import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue, type Reason, refuse } from '../../../src/base/errors.ts';
import { oracle } from '../../../src/server/dialects/oracle.ts';
import { SECRET } from '../../support/house.ts';
import { spread } from '../../support/long.ts';
import { openPortal, type Portal } from './portal.ts';

/**
 * Oracle Analytics Cloud, "Change item ownership" and related calls
 * (https://docs.oracle.com/en/cloud/paas/analytics-cloud/acapi/).
 */

const P = '/api/20210901/catalog';
const WORKBOOK = '/@Catalog/shared/Sales/MySalesWorkbook';
const W = 'L0BDYXRhbG9nL3NoYXJlZC9TYWxlcy9NeVNhbGVzV29ya2Jvb2s';
const DATASET = "'john.smith@mycompany.com'.'MySalesDataset'";
const DATASET_ID = 'J2pvaG4uc21pdGhAbXljb21wYW55LmNvbScuJ015U2FsZXNEYXRhc2V0Jw';
const DEFAULT = '/@default/shared/Sales/MyAnalysis';
const encoded = (id: string) => Buffer.from(id).toString('base64url');

let portal: Portal;
/** An administrator, an author, and the future owners. */
let adm: { headers: { authorization: string } };
let au: typeof adm;
beforeAll(async () => {
  portal = await openPortal();
  await portal.meet('boss', 'au', 'ann', 'user.name@Oracle.com');
  adm = bearer('boss');
  au = bearer('au');
  await portal.run('createRole', { name: 'DVContentAuthor', members: ['au'] });
  const owners = [{ accountType: 'User', owner: 'au' }];
  const make = (type: string, name: string, externalId: string, parents: string[] = []) =>
    portal.run('createResource', { type, name, externalId, parents, owners });
  const sales = await make('folders', 'Sales', '/@Catalog/shared/Sales');
  await make('workbooks', 'MySalesWorkbook', WORKBOOK, [sales.id]);
  await make('workbooks', 'Another', '/@Catalog/shared/Sales/Another', [sales.id]);
  await make('datasets', 'MySalesDataset', DATASET);
  await make('analysis', 'MyAnalysis', DEFAULT);
});
afterAll(() => portal[Symbol.asyncDispose]());

const bearer = (user: string) => ({ headers: { authorization: `Bearer ${portal.tokenOf(user)}` } });
const changeOwnership = (path: string, body: unknown, who = adm) =>
  portal.ask('POST', `${P}/${path}/actions/changeOwnership`, { body, ...who });
const ownerOf = async (type: string, id: string) => (await portal.ask('GET', `${P}/${type}/${id}`, adm)).body.owner;

describe('the curl lines in Oracle’s documentation', () => {
  it.each([
    ['{"accountType":"User",\n              "owner": "user.name@Oracle.com"}', 'user.name@Oracle.com'],
    ['{"accountType":"ApplicationRole",\n              "owner": "DVContentAuthor"}', 'DVContentAuthor'],
  ])('work unchanged: %s', async (data, owner) => {
    const { stdout } = await promisify(execFile)('curl', [
      '-s',
      '-i',
      '--header',
      `Authorization: Bearer ${portal.tokenOf('boss')}`,
      '--header',
      'Content-Type: application/json',
      '--request',
      'POST',
      `${portal.url}${P}/workbooks/${W}/actions/changeOwnership`,
      '--data',
      data,
    ]);
    expect(stdout).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(stdout.endsWith('\r\n\r\n')).toBe(true);
    expect(await ownerOf('workbooks', W)).toBe(owner);
  });
});

describe('changing the owner', () => {
  it('shows in the item, and is recorded as an act of the administrator', async () => {
    const done = await changeOwnership(`workbooks/${W}`, { accountType: 'User', owner: 'ann' });
    expect([done.status, done.text]).toEqual([200, '']);
    expect((await portal.ask('GET', `${P}/workbooks/${W}`, adm)).body).toEqual({
      id: W,
      name: 'MySalesWorkbook',
      type: 'workbooks',
      parentId: 'L0BDYXRhbG9nL3NoYXJlZC9TYWxlcw',
      owner: 'ann',
      lastModified: expect.any(String),
    });
    const record = (await portal.records()).findLast((r) => r.command === 'changeOwnership');
    expect(record).toMatchObject({ via: 'command', outcome: 'success', authority: 'admin', actor: { name: 'boss' } });
    expect(done.headers.get('steward-receipt')).toBe(`${record?.id} ${record?.hash}`);
  });

  it('to the present owner changes nothing', async () => {
    for (let i = 0; i < 2; i += 1) {
      expect((await changeOwnership(`workbooks/${W}`, { accountType: 'User', owner: 'ann' })).status).toBe(200);
    }
    const record = (await portal.records()).findLast((r) => r.command === 'changeOwnership');
    expect(record?.changes).toEqual([]);
  });

  it('accepts a user’s id as well as their name', async () => {
    const [{ id }] = (await portal.run('listUsers', { prefix: 'ann' })).users;
    expect((await changeOwnership(`workbooks/${W}`, { accountType: 'User', owner: id })).status).toBe(200);
    expect(await ownerOf('workbooks', W)).toBe('ann');
  });

  it('works for ids that are not paths, whatever they contain', async () => {
    expect((await changeOwnership(`datasets/${DATASET_ID}`, { accountType: 'User', owner: 'ann' })).status).toBe(200);
    expect((await portal.ask('GET', `${P}/datasets/${DATASET_ID}`, adm)).body).toMatchObject({
      id: DATASET_ID,
      owner: 'ann',
    });
  });

  it('to a role is for datasets and their like, whose ids name an owner', async () => {
    await portal.meet('dan');
    const role = { accountType: 'ApplicationRole', owner: 'DVContentAuthor' };
    const owners = [{ accountType: 'User', owner: 'dan' }];
    for (const type of spread(['datasets', 'connections', 'dataflows', 'sequences', 'models'], 2)) {
      const id = `'dan'.'one of ${type}'`;
      await portal.run('createResource', { type, name: type, externalId: id, owners });
      expect((await changeOwnership(`${type}/${encoded(id)}`, role)).status).toBe(200);
      expect(await ownerOf(type, encoded(id))).toBe('DVContentAuthor');
      // The same rule holds for all commands by which an administrator gives something to a role.
      await portal.run('changeOwner', { from: 'role:DVContentAuthor', to: 'dan', types: [type] });
      const job = await portal.run('changeOwner', { from: 'dan', to: 'role:DVContentAuthor', types: [type] });
      expect(job).toMatchObject({ failed: 0, moved: 1 });
    }
    for (const [type, id] of [
      ['datasets', '/@default/shared/set'],
      ['datasets', "'dan'"],
      ['workbooks', "'dan'.'book'"],
      ['folders', "'dan'.'folder'"],
    ] as const) {
      await portal.run('createResource', { type, name: id, externalId: id, owners });
      const reply = await changeOwnership(`${type}/${encoded(id)}`, role);
      expect([type, id, reply.status, reply.body.code]).toEqual([type, id, 400, 'OWNER_KIND_NOT_ALLOWED']);
    }
    for (const type of ['datasets', 'workbooks', 'folders', 'connections', 'dataflows', 'sequences', 'models']) {
      const { items } = await portal.run('listCatalog', { type, limit: 100 });
      for (const { id } of items.filter((item: { id: string }) => /^'dan|^.@default.shared.set/.test(item.id))) {
        await portal.run('deleteResource', { type, externalId: id });
      }
    }
  });

  it('to a role is only allowed for ids that begin with /@Catalog/', async () => {
    const id = encoded(DEFAULT);
    const role = await changeOwnership(`analysis/${id}`, { accountType: 'ApplicationRole', owner: 'DVContentAuthor' });
    expect([role.status, role.body]).toEqual([
      400,
      { code: 'OWNER_KIND_NOT_ALLOWED', message: expect.stringContaining('/@Catalog/') },
    ]);
    expect(await ownerOf('analysis', id)).toBe('au');
    expect((await changeOwnership(`analysis/${id}`, { accountType: 'User', owner: 'ann' })).status).toBe(200);
    expect(await ownerOf('analysis', id)).toBe('ann');
  });
});

describe('a change of owner that is refused', () => {
  const user = { accountType: 'User', owner: 'ann' };
  it.each([
    ['a user who is unknown', `workbooks/${W}`, { accountType: 'User', owner: 'nobody' }, 400, 'UNKNOWN_ACCOUNT'],
    [
      'a role that is unknown',
      `workbooks/${W}`,
      { accountType: 'ApplicationRole', owner: 'ann' },
      400,
      'UNKNOWN_ACCOUNT',
    ],
    ['another kind of account', `workbooks/${W}`, { accountType: 'Group', owner: 'ann' }, 400, 'BAD_REQUEST'],
    ['no kind of account', `workbooks/${W}`, { owner: 'ann' }, 400, 'BAD_REQUEST'],
    ['no owner', `workbooks/${W}`, { accountType: 'User' }, 400, 'BAD_REQUEST'],
    ['an operator', `workbooks/${W}`, { accountType: 'User', owner: { $ne: '' } }, 400, 'BAD_REQUEST'],
    ['an id that is unknown', `workbooks/${encoded('/@Catalog/nothing')}`, user, 404, 'NOT_FOUND'],
    ['an id of another type', `datasets/${W}`, user, 404, 'NOT_FOUND'],
    ['an id that is no base64url', 'workbooks/not+base64', user, 400, 'INVALID_ID'],
    ['an id with padding', `workbooks/${Buffer.from('/@Catalog/x').toString('base64')}`, user, 400, 'INVALID_ID'],
    ['a type that there is not', `gadgets/${W}`, user, 400, 'UNKNOWN_TYPE'],
    ['no JSON', `workbooks/${W}`, '{bad', 400, 'BAD_REQUEST'],
    ['no object', `workbooks/${W}`, '[]', 400, 'BAD_REQUEST'],
  ])('%s', async (_, path, body, status, code) => {
    const before = await portal.contents('resources');
    const reply = await changeOwnership(path, body);
    expect([reply.status, reply.body]).toEqual([status, { code, message: expect.any(String) }]);
    expect(await portal.contents('resources')).toEqual(before);
  });

  it('without a token, with one that has expired, and with those of other systems', async () => {
    const expired = jwt.sign({ sub: 'boss', exp: Math.floor(Date.now() / 1000) - 600 }, SECRET);
    const session = { headers: { cookie: 'sessionid=x' } };
    for (const who of [
      {},
      session,
      { headers: { authorization: 'Bearer junk' } },
      { headers: { authorization: portal.tokenOf('boss') } },
      { headers: { authorization: `JWT ${portal.tokenOf('boss')}` } },
      { headers: { authorization: `Bearer ${portal.tokenOf('boss')}x` } },
      { headers: { authorization: `Bearer ${expired}` } },
    ]) {
      const reply = await changeOwnership(`workbooks/${W}`, user, who as typeof adm);
      expect([reply.status, reply.body]).toEqual([401, { code: 'UNAUTHORIZED', message: expect.any(String) }]);
      expect(reply.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('in words about the request, which say what would be right', async () => {
    const types = (await portal.ask('GET', P, adm)).body.map(({ type }: { type: string }) => type).join(', ');
    for (const [path, body, message] of [
      [`workbooks/${W}`, { owner: 'ann' }, 'The request lacks the key accountType'],
      [`workbooks/${W}`, { accountType: 'Group', owner: 'a' }, 'accountType must be one of User, ApplicationRole'],
      [`Workbooks/${W}`, user, `There is no type Workbooks: there are ${types}`],
    ] as const) {
      expect((await changeOwnership(path, body)).body.message).toBe(message);
    }
  });

  it('by an author, even of their own item', async () => {
    const reply = await changeOwnership(`workbooks/${encoded('/@Catalog/shared/Sales/Another')}`, user, au);
    expect([reply.status, reply.body]).toEqual([403, { code: 'FORBIDDEN', message: expect.any(String) }]);
    // Also if there is no such type or id, which an administrator is told first.
    for (const path of [`gadgets/${W}`, 'workbooks/not+base64']) {
      expect((await changeOwnership(path, user, au)).body.code).toBe('FORBIDDEN');
    }
  });

  it('to a disabled user', async () => {
    await portal.meet('dora');
    await portal.run('disableUser', undefined, 'dora');
    const reply = await changeOwnership(`workbooks/${W}`, { accountType: 'User', owner: 'dora' });
    expect([reply.status, reply.body.code]).toEqual([400, 'ACCOUNT_NOT_ACTIVE']);
  });

  it('with another verb', async () => {
    const reply = await portal.ask('PUT', `${P}/workbooks/${W}/actions/changeOwnership`, { body: user, ...adm });
    expect([reply.status, reply.body.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });
});

it('every error has a code and a message, whatever went wrong', () => {
  for (const reason of Object.keys(catalogue) as Reason[]) {
    const { status, body } = oracle.refusal(refuse(reason, ...(['x', 'y', 'z'] as never)), undefined);
    const words = { code: expect.stringMatching(/^[A-Z]+(_[A-Z]+)*$/), message: expect.stringMatching(/./) };
    expect([reason, body]).toEqual([reason, words]);
    expect([400, 401, 403, 404, 408, 413, 415, 429, 500, 503]).toContain(status);
  }
});

describe('every path below the root answers in the format of Oracle', () => {
  const words = (code: string) => ({ code, message: expect.any(String) });
  const ROOT = '/api/20210901';

  it.each([
    ['GET', ROOT],
    ['GET', `${ROOT}/`],
    ['GET', `${ROOT}/snapshots`],
    ['POST', `${ROOT}/snapshots`],
    ['POST', `${ROOT}/system/actions/restoreSnapshot`],
    ['GET', `${ROOT}/catalog/`],
    ['GET', `${ROOT}//catalog`],
    ['POST', `/api//20210901/catalog/folders`],
    ['POST', `//api/20210901/catalog/folders`],
    ['PUT', `${ROOT}/%63atalogue`],
    ['POST', `/%61pi/20210901/x`],
    ['GET', `${ROOT}%2Fx`],
    ['DELETE', `${ROOT}/catalog/workbooks/${W}/actions/changeOwnership/more`],
    ['POST', `${ROOT}/catalog/workbooks/${W}/actions/changeownership`],
    ['GET', `${ROOT}/catalog//${W}`],
    ['PATCH', `${ROOT}/catalog/workbooks/${W}/`],
  ])('%s %s: unknown path', async (verb, path) => {
    const body = verb === 'GET' ? {} : { body: { accountType: 'User', owner: 'ann' } };
    const reply = await portal.ask(verb, path, { ...body, ...adm });
    expect([reply.status, reply.body]).toEqual([404, words('NOT_FOUND')]);
  });

  it.each([
    ['PUT', ROOT.concat('/catalog'), 'GET, HEAD'],
    ['POST', `${ROOT}/catalog/workbooks/${W}`, 'GET, HEAD'],
    ['PATCH', `${ROOT}/catalog/folders/${W}`, 'DELETE, GET, HEAD'],
    ['GET', `${ROOT}/catalog/workbooks/${W}/actions/changeOwnership`, 'POST'],
    ['PUT', `${ROOT}/catalog/folders`, 'GET, HEAD, POST'],
  ])('%s %s: unsupported verb', async (verb, path, allowed) => {
    const reply = await portal.ask(verb, path, verb === 'GET' ? adm : { body: {}, ...adm });
    expect([reply.status, reply.body]).toEqual([405, words('METHOD_NOT_ALLOWED')]);
    expect((reply.headers.get('allow') ?? '').split(', ').sort()).toEqual(allowed.split(', ').sort());
  });

  it('refuses a body that is not JSON, too large, or compressed', async () => {
    const path = `${P}/workbooks/${W}/actions/changeOwnership`;
    const sent = (body: string, headers: Record<string, string> = {}) =>
      portal.ask('POST', path, { body, headers: { ...adm.headers, ...headers } });
    const good = JSON.stringify({ accountType: 'User', owner: 'ann' });
    const told = async (reply: Promise<{ status: number; body: unknown }>) => {
      const { status, body } = await reply;
      return [status, body];
    };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await told(sent('owner=ann', form))).toEqual([415, words('UNSUPPORTED_MEDIA_TYPE')]);
    expect(await told(sent(good, { 'content-type': 'application/jsonp' }))).toEqual([
      415,
      words('UNSUPPORTED_MEDIA_TYPE'),
    ]);
    expect(await told(sent(good, { 'content-encoding': 'gzip' }))).toEqual([415, words('UNSUPPORTED_MEDIA_TYPE')]);
    expect(await told(sent(`"${'x'.repeat(20_000)}"`))).toEqual([413, words('PAYLOAD_TOO_LARGE')]);
    expect(await told(sent('{"owner":'))).toEqual([400, words('BAD_REQUEST')]);
    expect(await told(sent(''))).toEqual([400, words('BAD_REQUEST')]);
    expect((await sent(good, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
    const unknown = portal.ask('POST', `${ROOT}/x`, { body: 'x'.repeat(20_000), ...adm });
    expect(await told(unknown)).toEqual([404, words('NOT_FOUND')]);
  });
});

describe('the catalog', () => {
  it('lists its types, and the results of a search', async () => {
    const types = (await portal.ask('GET', P, au)).body;
    expect(types).toContainEqual({ type: 'workbooks' });
    expect(types).toHaveLength(14);
    const found = await portal.ask('GET', `${P}?search=mysales*`, adm);
    expect(found.body.map((i: { name: string }) => i.name)).toEqual(['MySalesDataset', 'MySalesWorkbook']);
  });

  it('is paged, with the pages in headers', async () => {
    const names: string[] = [];
    for (const [page, next] of [
      ['1', '2'],
      ['2', null],
    ] as const) {
      const { status, headers, body } = await portal.ask('GET', `${P}/workbooks?limit=1&page=${page}`, adm);
      expect(status).toBe(200);
      expect([headers.get('oa-current-page'), headers.get('oa-page-count'), headers.get('oa-next-page')]).toEqual([
        page,
        '2',
        next,
      ]);
      names.push(...body.map((i: { name: string }) => i.name));
    }
    expect(names).toEqual(['Another', 'MySalesWorkbook']);
    const down = await portal.ask('GET', `${P}/workbooks?sortOrder=DESC`, adm);
    expect(down.body.map((i: { name: string }) => i.name)).toEqual(names.toReversed());
    for (const query of ['limit=0', 'limit=x', 'page=-1', 'limit=10001', 'sortOrder=UP']) {
      expect((await portal.ask('GET', `${P}/workbooks?${query}`, adm)).body.code).toBe('BAD_REQUEST');
    }
  });

  it('shows a user what they may read, and reports the rest as missing', async () => {
    await portal.meet('eve');
    const eve = bearer('eve');
    expect((await portal.ask('GET', `${P}/workbooks`, eve)).body).toEqual([]);
    const one = await portal.ask('GET', `${P}/workbooks/${W}`, eve);
    expect([one.status, one.body.code]).toEqual([404, 'NOT_FOUND']);
    const own = await portal.ask('GET', `${P}/workbooks`, au);
    expect(own.body.map((i: { name: string }) => i.name)).toEqual(['Another']);
    expect((await portal.ask('GET', `${P}/workbooks`)).status).toBe(401);
  });

  it('deletes a folder with its content only on request', async () => {
    const parentId = encoded('/@Catalog/shared/Sales');
    const made = await portal.ask('POST', `${P}/folders`, { body: { name: 'Old', parentId }, ...adm });
    expect([made.status, made.body]).toMatchObject([200, { name: 'Old', parentId, owner: 'boss' }]);
    const inner = { body: { name: 'Older', parentId: made.body.id }, ...adm };
    expect((await portal.ask('POST', `${P}/folders`, inner)).status).toBe(200);
    const remove = (query = '', who = adm) => portal.ask('DELETE', `${P}/folders/${made.body.id}${query}`, who);
    expect([(await remove()).status, (await remove()).body.code]).toEqual([400, 'FOLDER_NOT_EMPTY']);
    expect((await remove('?recursive=yes')).body.code).toBe('BAD_REQUEST');
    expect((await remove('?recursive=true', au)).body.code).toBe('FORBIDDEN');
    const gone = await remove('?recursive=true');
    expect([gone.status, gone.text]).toEqual([200, '']);
    expect((await remove()).status).toBe(404);
  });
});
