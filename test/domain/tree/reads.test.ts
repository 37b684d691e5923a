import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFieldsOf } from '../../../src/domain/resources/data.ts';
import { openPortal, type Portal } from '../../server/dialects/portal.ts';
import { expectIndexed, forgetPlans, type Profiled, profiled, total } from '../../support/profile.ts';

/** Lists of resources and objects use indexes, in order, and read nothing that is not shown. */

const COUNT = 400;
const CONTENT = 'x'.repeat(20_000);
const CATALOG = '/api/20210901/catalog';
const COLLECTIONS = ['workspaces', 'resources', 'objects', 'versions'];

let portal: Portal;
let parent: string;
beforeAll(async () => {
  portal = await openPortal();
  await forgetPlans(portal.database.db);
  await portal.meet('boss', 'ann', 'bea', 'eve');
  await portal.run('createRole', { name: 'DVContentAuthor', members: ['ann', 'eve'] });
  const owners = [{ accountType: 'User', owner: 'ann' }];
  const folder = { type: 'folders', name: 'F', externalId: '/@Catalog/F', owners, visibility: 'public' };
  parent = (await portal.run('createResource', folder)).id;
  await portal.run('createWorkspace', { workspace: 'ws' }, 'ann');
  const at = new Date();
  const { db } = portal.database;
  const shared = [{ principal: 'bea', level: 'read' }];
  const each = Array.from({ length: COUNT }, (_, i) => ({
    ...{ _id: `res-many-${i}`, revision: 1, type: 'workbooks', name: `W${i}`, externalId: `/@Catalog/F/W${i}` },
    ...{ parents: [parent], owners: ['ann'], grants: i % 2 === 0 ? shared : [], visibility: 'private' },
    ...dataFieldsOf('workbooks', { description: `About ${i}`, content: CONTENT }),
    ...{ createdAt: at, modifiedAt: at },
  }));
  await db.collection('resources').insertMany(each as never[]);
});
afterAll(() => portal[Symbol.asyncDispose]());

const bearer = (user: string) => ({ headers: { authorization: `Bearer ${portal.tokenOf(user)}` } });
const queriesOf = (work: () => Promise<unknown>) => profiled(portal.database.db, COLLECTIONS, work);

/** No content was sent to the service. */
function expectLight(queries: readonly Profiled[], shown: number): void {
  expectIndexed(queries);
  expect(total(queries, 'bytes')).toBeLessThan(shown * 600 + 3_000);
}

describe('listResources', () => {
  it.each([
    ['everything', {}],
    ['of a type', { type: 'workbooks' }],
    ['of some types', { types: ['workbooks', 'folders'] }],
    ['of an owner', { owner: 'ann' }],
    ['of an owner and a type', { owner: 'ann', type: 'workbooks' }],
    ['below a parent', { parent: '' }],
    ['below a path', { pathPrefix: '/@Catalog/F/' }],
  ])('of an administrator, and of users: %s', async (_, filter) => {
    const params = { limit: 50, ...filter, ...('parent' in filter ? { parent } : {}) };
    for (const user of [undefined, 'ann', 'bea', 'eve']) {
      const queries = await queriesOf(async () => {
        const page = await portal.run('listResources', params, user);
        if (page.next !== undefined) await portal.run('listResources', { ...params, cursor: page.next }, user);
      });
      expectLight(queries, 2 * 51);
    }
  });
});

describe("Oracle's catalog", () => {
  it.each(['boss', 'ann', 'eve'])('lists items with their descriptions and nothing else: for %s', async (user) => {
    const queries = await queriesOf(async () => {
      const { status, body } = await portal.ask('GET', `${CATALOG}/workbooks?limit=${COUNT}`, bearer(user));
      expect(status).toBe(200);
      expect(body).toHaveLength(user === 'eve' ? 0 : COUNT);
      if (user !== 'eve') expect(body[0]).toMatchObject({ name: 'W0', description: 'About 0' });
    });
    expectLight(queries, 2 * COUNT);
  });

  it('shows a long description whole by itself, and its beginning in lists', async () => {
    const description = 'é'.repeat(5_000);
    const id = Buffer.from('/@Catalog/F/long').toString('base64url');
    const owners = [{ accountType: 'User', owner: 'ann' }];
    const item = { type: 'reports', name: 'Long', externalId: '/@Catalog/F/long', owners, data: { description } };
    await portal.run('createResource', item);
    const shown = async () => [
      (await portal.ask('GET', `${CATALOG}/reports`, bearer('ann'))).body[0].description,
      (await portal.ask('GET', `${CATALOG}/reports/${id}`, bearer('ann'))).body.description,
    ];
    expect(await shown()).toEqual([description.slice(0, 1_000), description]);
    const update = (data: object) =>
      portal.run('updateResource', { type: 'reports', externalId: item.externalId, data });
    await update({ description: 'Short' });
    expect(await shown()).toEqual(['Short', 'Short']);
    await update({});
    expect(await shown()).toEqual([undefined, undefined]);
  });
});

describe("a G-Node object's grants", () => {
  it('are read only for callers who may share it', async () => {
    const owners = [{ accountType: 'User', owner: 'ann' }];
    const { id } = await portal.run('createResource', { type: 'block', name: 'B', externalId: 'B', owners });
    const grants = Array.from({ length: 2_000 }, (_, i) => ({ principal: `user-number-${i}`, level: 'read' }));
    grants.push({ principal: 'bea', level: 'read' });
    await portal.database.db.collection('resources').updateOne({ _id: id }, { $set: { grants } });
    const method = portal.gate.method('Gnode.get_object');
    const bytes = async (user: string) => {
      const origin = {
        requestId: 'r',
        authorization: portal.tokenOf(user),
        address: '192.0.2.1',
        socketAddress: '::1',
      };
      if (method === undefined) throw new Error('there is no Gnode.get_object');
      const caller = await portal.gate.identify(method, origin);
      const queries = await queriesOf(() =>
        portal.gate.call(method, { caller, params: [{ type: 'block', id: 'B' }], origin }),
      );
      expectIndexed(queries);
      return total(queries, 'bytes');
    };
    expect(await bytes('bea')).toBeLessThan(2_000);
    expect(await bytes('ann')).toBeGreaterThan(50_000);
  });
});

describe('KBase', () => {
  it('lists workspaces and objects by indexes', async () => {
    for (const [command, params] of [
      ['listWorkspaces', {}],
      ['listWorkspaces', { excludeGlobal: 1, perm: 'w' }],
      ['listWorkspaceIDs', {}],
      ['listObjects', { ids: [1] }],
      ['listObjects', { ids: [1], showAllVersions: 1 }],
      ['listObjects', { ids: [1], type: 'M.T' }],
      ['listObjects', { ids: [1], savedby: ['ann'] }],
      ['listObjects', { ids: [1], after: '2020-01-01T00:00:00+0000' }],
    ] as const) {
      const queries = await queriesOf(() => portal.run(command, params, command === 'listObjects' ? undefined : 'ann'));
      expectIndexed(queries);
    }
  });
});
