import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchOf, type RecordDraft } from '../../src/audit/record.ts';
import type { AdminAction } from '../../src/base/schemas/generated.ts';
import { openSavingWorld, type SavingWorld, simple } from '../domain/objects/savingWorld.ts';
import { openWorld } from '../domain/workspaces/world.ts';
import { type RawToken, SECRET } from '../support/house.ts';
import { expectIndexed, forgetPlans, profiled, total } from '../support/profile.ts';

let world: SavingWorld;
beforeAll(async () => {
  world = await openSavingWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

interface Page {
  readonly actions: AdminAction[];
  readonly next?: string;
}

const page = async (user: string, params: object = {}) =>
  (await world.call(user, 'list_admin_actions', params)) as Page;

/** What this brings about for these users to see: nothing for all others. */
async function seen(act: () => Promise<unknown>, ...users: string[]): Promise<AdminAction[][]> {
  const all = ['ann', 'bea', 'cec', 'dan'];
  const before = new Map<string, number>();
  for (const user of all) before.set(user, (await page(user, { limit: 1000 })).actions.length);
  await act();
  const found: AdminAction[][] = [];
  for (const user of all) {
    const { actions } = await page(user, { limit: 1000 });
    const added = actions.slice(0, actions.length - (before.get(user) ?? 0));
    if (!users.includes(user)) expect(added, user).toEqual([]);
    else found.push(added);
  }
  return found;
}

/** A token of this person with which the service `portal` acts for them. */
function throughPortal(person: string): RawToken {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: person, preferred_username: person, iat: now, exp: now + 3600 };
  return { token: jwt.sign({ ...claims, act: { sub: 'portal', preferred_username: 'portal' } }, SECRET) };
}

const boss = (command: object) => world.administer('boss', command);

describe('list_admin_actions shows', () => {
  it('what was done as somebody, by whom and why, with the receipt', async () => {
    let receipt: object | undefined;
    const [actions] = await seen(async () => {
      ({ receipt } = await boss({
        command: 'createWorkspace',
        user: 'cec',
        params: { workspace: 'cec:made' },
        reason: 'asked by telephone',
      }));
    }, 'cec');
    const { record, hash } = receipt as { record: string; hash: string };
    expect(actions).toEqual([
      {
        ...{ record, hash, at: expect.any(String), via: 'command', command: 'createWorkspace', outcome: 'success' },
        ...{
          by: 'boss',
          asYou: true,
          reason: 'asked by telephone',
          resources: [expect.stringMatching(/^workspaces\/ws/)],
        },
      },
    ]);
  });

  it('what was done to somebody', async () => {
    const [actions] = await seen(
      () => boss({ command: 'setPassword', user: 'bea', params: { password: 'canary' } }),
      'bea',
    );
    expect(actions).toMatchObject([{ command: 'setPassword', resources: expect.arrayContaining(['passwords/bea']) }]);
    expect(JSON.stringify(actions)).not.toContain('canary');
    expect(JSON.stringify(actions)).not.toContain('hmac');
  });

  it('a change of what somebody owns, to the owner before and the one after', async () => {
    await boss({ command: 'createWorkspace', user: 'ann', params: { workspace: 'ann:gift' } });
    const params = { wsi: { workspace: 'ann:gift' }, new_user: 'bea', new_name: 'bea:gift' };
    const both = await seen(() => boss({ command: 'setWorkspaceOwner', params }), 'ann', 'bea');
    for (const actions of both) expect(actions).toMatchObject([{ command: 'setWorkspaceOwner' }]);
    // Whoever has owned it since learns nothing of what was done before.
    const earlier = (await page('bea')).actions.filter(({ command }) => command === 'createWorkspace');
    expect(earlier).toEqual([]);
  });

  it('changes that name an object, a description or a lock to the owner of the workspace', async () => {
    const [saved] = await seen(
      () => boss({ command: 'renameObject', params: { obj: { ref: '1/kept' }, new_name: 'renamed' } }).catch(() => 0),
      'ann',
    );
    expect(saved).toMatchObject([{ outcome: 'failed', error: 'object_missing', resources: ['workspaces/ws1'] }]);
    await world.save('ann', simple({ name: 'kept' }));
    const [renamed] = await seen(
      () => boss({ command: 'renameObject', params: { obj: { ref: '1/kept' }, new_name: 'renamed' } }),
      'ann',
    );
    expect(renamed).toMatchObject([{ resources: expect.arrayContaining(['workspaces/ws1', 'objects/ws1/1']) }]);
    const params = { id: 1, description: 'words' };
    await seen(() => boss({ command: 'setWorkspaceDescription', params }), 'ann');
  });

  it('a change of rights to the owner and to whoever gets or loses them, and each only their part', async () => {
    const params = { id: 1, new_permission: 'r', users: ['bea', 'cec'] };
    const [ann, bea] = await seen(() => boss({ command: 'setPermissions', params }), 'ann', 'bea', 'cec');
    expect(ann).toMatchObject([{ resources: ['workspaces/ws1'] }]);
    expect(bea?.[0]?.resources.toSorted()).toEqual(['principals/bea', 'workspaces/ws1']);
    expect(JSON.stringify(bea)).not.toMatch(/\bcec\b/);
    await seen(
      () => boss({ command: 'setPermissions', params: { ...params, new_permission: 'n' } }),
      'ann',
      'bea',
      'cec',
    );
  });

  it('a read of content that names it, and no list of everything', async () => {
    const [read] = await seen(
      () => boss({ command: 'getObjects', params: { objects: [{ ref: '1/renamed' }] } }),
      'ann',
    );
    expect(read).toMatchObject([{ command: 'getObjects', resources: ['workspaces/ws1', 'objects/ws1/1'] }]);
    await seen(() => boss({ command: 'getPermissionsMass', params: { workspaces: [{ id: 1 }] } }), 'ann');
    await seen(() => boss({ command: 'listObjects', params: { ids: [1] } }), 'ann');
    await seen(() => boss({ command: 'listOwned', params: { user: 'ann' } }), 'ann');
    await seen(() => boss({ command: 'listAllWorkspaces', params: {} }));
    await seen(() => boss({ command: 'listUsers', params: {} }));
  });

  it('a dry run, which shows the administrator the same as the real one', async () => {
    const params = { id: 1, new_permission: 'r', users: ['bea'] };
    const [ann] = await seen(() => boss({ command: 'setPermissions', params, dryRun: true }), 'ann', 'bea');
    expect(ann).toMatchObject([{ outcome: 'dryRun', resources: ['workspaces/ws1'] }]);
    const transfer = { command: 'changeOwner', params: { from: 'ann', to: 'dan' }, dryRun: true };
    await seen(() => boss(transfer), 'ann', 'dan');
  });

  it('a call that was refused', async () => {
    await boss({ command: 'addAdmin', user: 'limited', params: { as: ['dan'] } }).catch(() => 0);
    await world.meet('limited');
    await boss({ command: 'addAdmin', user: 'limited', params: { as: ['dan'] } });
    const call = { command: 'createWorkspace', user: 'cec', params: { workspace: 'cec:no' } };
    const [actions] = await seen(() => world.refused('limited', call), 'cec');
    expect(actions).toMatchObject([{ outcome: 'denied', error: 'subject_not_allowed', by: 'limited', resources: [] }]);
  });

  it('what a service did for somebody, as the service', async () => {
    await boss({ command: 'addUser', user: 'portal', params: { id: 'portal', kind: 'service' } });
    const limits = { as: ['dan'], delegatedOnly: true };
    const [added] = await seen(() => boss({ command: 'addAdmin', user: 'portal', params: limits }), 'dan');
    expect(added).toHaveLength(1);
    await boss({ command: 'addAdmin', user: 'dan', params: { role: 'readOnly' } });
    const [actions] = await seen(() => world.administer(throughPortal('dan'), { command: 'listMyPrivileges' }), 'dan');
    expect(actions).toMatchObject([{ command: 'listMyPrivileges', by: 'portal', onBehalfOf: 'dan', resources: [] }]);
    await boss({ command: 'removeAdmin', user: 'dan' });
  });

  it('the limits of an administrator to those whom they may act as', async () => {
    await boss({ command: 'removeAdmin', user: 'limited' });
    const [dan] = await seen(() => boss({ command: 'addAdmin', user: 'limited', params: { as: ['dan'] } }), 'dan');
    expect(dan).toMatchObject([{ command: 'addAdmin' }]);
  });

  it('what administrators do with a method, a request for a module, or friends', async () => {
    const updates = [{ oi: { ref: '1/renamed' }, new: { k: 'v' } }];
    const [ann] = await seen(() => world.call('boss', 'alter_admin_object_metadata', { updates }), 'ann');
    expect(ann).toMatchObject([{ via: 'method', command: 'Workspace.alter_admin_object_metadata' }]);
    await world.call('dan', 'request_module_ownership', 'Wanted');
    await seen(() => boss({ command: 'approveModRequest', module: 'Wanted' }), 'dan');
    await seen(() => boss({ command: 'addFriend', user: 'bea', params: { friend: 'cec' } }), 'bea', 'cec');
    await seen(() => boss({ command: 'removeFriend', user: 'bea', params: { friend: 'cec' } }), 'bea', 'cec');
  });

  it('what is done below a manifest to its owner', async () => {
    const iiif = 'https://iiif.example.org';
    await boss({ command: 'addUser', user: 'keeper', params: { id: 'keeper', kind: 'staff' } });
    const object = { label: 'Book', sequences: [{ canvases: [{ label: 'Page 1' }] }], ownedBy: ['keeper'] };
    await boss({ command: 'createIiifObject', params: { base: iiif, type: 'manifest', identifier: 'b1', object } });
    const [canvas] = await world.database.db.collection('resources').find({ type: 'canvas' }).toArray();
    const name = String(canvas?.externalId).split('/').at(-1);
    const params = { base: iiif, type: 'canvas', identifier: 'b1', name, object: { label: 'Page one' } };
    const { receipt } = await boss({ command: 'updateIiifObject', params });
    const record = (await world.records()).find(({ id }) => id === receipt?.record);
    expect(record?.concerns).toMatchObject([{ resources: expect.arrayContaining([`resources/${canvas?._id}`]) }]);
  });

  it('nothing of what users do themselves', async () => {
    await seen(() => world.call('ann', 'set_permissions', { id: 1, new_permission: 'w', users: ['bea'] }));
  });

  it('each step of a job that moves what somebody owns, and the job', async () => {
    for (let i = 0; i < 3; i += 1) await world.run('createResource', { type: 'plate', name: `p${i}` }, 'cec');
    const [cec, dan] = await seen(
      () => boss({ command: 'changeOwner', params: { from: 'cec', to: 'dan' } }),
      'cec',
      'dan',
    );
    for (const actions of [cec, dan]) {
      const places = actions?.flatMap(({ resources }) => resources) ?? [];
      expect(new Set(places.filter((place) => place.startsWith('resources/'))).size).toBe(3);
    }
  });

  it('what is done to a role, and to what it owns, to its members', async () => {
    await seen(
      () => boss({ command: 'createRole', params: { name: 'curators', members: ['bea', 'dan'] } }),
      'bea',
      'dan',
    );
    const owners = [{ accountType: 'ApplicationRole', owner: 'curators' }];
    const made = { type: 'workbooks', name: 'shared', externalId: '/@Catalog/shared', owners };
    await seen(() => boss({ command: 'createResource', params: made }), 'bea', 'dan');
    const named = { type: 'workbooks', externalId: '/@Catalog/shared' };
    const [bea] = await seen(
      () => boss({ command: 'updateResource', params: { ...named, name: 'other' } }),
      'bea',
      'dan',
    );
    expect(bea).toMatchObject([{ resources: [expect.stringMatching(/^resources\/res-/)] }]);
    await seen(() => boss({ command: 'getResource', params: named }), 'bea', 'dan');
    // Whoever was in it until then is told of leaving it, and no more of what it owns.
    await seen(
      () => boss({ command: 'removeRoleMembers', params: { name: 'curators', members: ['dan'] } }),
      'bea',
      'dan',
    );
    await seen(() => boss({ command: 'updateResource', params: { ...named, name: 'third' } }), 'bea');
  });

  it('a page at a time, each act once', async () => {
    const all = (await page('ann', { limit: 1000 })).actions;
    const paged: AdminAction[] = [];
    let cursor: string | undefined;
    do {
      const next: Page = await page('ann', { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...next.actions);
      cursor = next.next;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });

  it('those of a time', async () => {
    const all = (await page('ann', { limit: 1000 })).actions;
    const middle = all[Math.floor(all.length / 2)]?.at ?? '';
    expect((await page('ann', { from: middle, limit: 1000 })).actions).toEqual(all.filter(({ at }) => at >= middle));
    expect((await page('ann', { to: middle, limit: 1000 })).actions).toEqual(all.filter(({ at }) => at < middle));
    expect(await page('ann', { to: '1990-01-01T00:00:00Z' })).toEqual({ actions: [] });
  });

  it('the caller alone, and refuses what it does not understand', async () => {
    expect((await world.fails(null, 'list_admin_actions', {})).reason).toBe('token_missing');
    for (const wrong of [{ limit: 0 }, { limit: 1001 }, { from: 'yesterday' }, { user: 'ann' }, { cursor: 'x' }]) {
      expect((await world.fails('ann', 'list_admin_actions', wrong)).reason).toBe('invalid_params');
    }
  });
});

it('list_admin_actions reads only what it answers, however many acts concern others', async () => {
  await using other = await openWorld();
  await forgetPlans(other.database.db);
  const OTHERS = 20_000;
  const draft = (id: string): RecordDraft => ({
    ...{ at: new Date(), via: 'command', command: 'setAcl', outcome: 'success', authority: 'admin' },
    ...{ actor: { id: 'boss', name: 'boss' }, changes: [], resources: [], requestId: 'r', address: '-' },
    concerns: [{ id, resources: [] }],
  });
  const batches = Array.from({ length: OTHERS }, (_, i) =>
    batchOf(i.toString(16).padStart(24, '0'), [draft(`somebody ${i % 100}`)]),
  );
  await other.database.db.collection('audit').insertMany(batches as never[]);
  await other.run('createRole', { name: 'readers', members: ['bea'] });
  await other.run('createRole', { name: 'writers', members: ['bea'] });
  await other.run('createWorkspace', { workspace: 'bea:one' }, 'bea');
  for (const cursor of [undefined, ((await other.call('bea', 'list_admin_actions', { limit: 1 })) as Page).next]) {
    const params = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const queries = await profiled(other.database.db, ['audit'], () => other.call('bea', 'list_admin_actions', params));
    expectIndexed(queries);
    expect(total(queries, 'docsExamined')).toBeLessThan(50);
    expect(total(queries, 'keysExamined')).toBeLessThan(100);
  }
});
