import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../domain/workspaces/world.ts';

interface Notices {
  readonly notices: { readonly about: string; readonly text: string; readonly by: string; readonly reason?: string }[];
  readonly next?: string;
}

let world: World;
const told = async (user: string, params: object = {}) => (await world.call(user, 'list_notices', params)) as Notices;

beforeAll(async () => {
  world = await openWorld();
  await world.run('createWorkspace', { workspace: 'ann:cats' }, 'ann');
});
afterAll(() => world[Symbol.asyncDispose]());

describe('list_notices tells', () => {
  it('the new owner and the old one that a workspace was given away, by whom and why', async () => {
    const params = { wsi: { workspace: 'ann:cats' }, new_user: 'bea' };
    await world.administer('boss', { command: 'setWorkspaceOwner', params, reason: 'ann left' });
    const common = { record: expect.any(String), at: expect.any(String), by: 'boss', reason: 'ann left' };
    expect(await told('bea')).toEqual({
      notices: [{ ...common, about: 'workspaceGiven', text: 'Workspace bea:cats (id 1) now belongs to you.' }],
    });
    const text = 'Workspace bea:cats (id 1) now belongs to bea; you may still administer it.';
    expect(await told('ann')).toEqual({ notices: [{ ...common, about: 'workspaceTaken', text }] });
  });

  it('whose permission an administrator changed, and nobody whose stayed', async () => {
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['cec'] });
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['cec'] });
    await world.run('setPermissions', { id: 1, new_permission: 'n', users: ['cec', 'dan'] });
    expect((await told('cec')).notices.map((n) => n.text)).toEqual([
      'You have no permission any more on workspace bea:cats (id 1).',
      'You have the permission w (write) on workspace bea:cats (id 1).',
    ]);
    expect(await told('dan')).toEqual({ notices: [] });
  });

  it('nobody of what the owner did', async () => {
    await world.call('bea', 'set_permissions', { id: 1, new_permission: 'r', users: ['dan'] });
    expect(await told('dan')).toEqual({ notices: [] });
  });

  it('nobody of one’s own act, and nobody of what was only shown', async () => {
    await world.run('setPermissions', { id: 1, new_permission: 'r', users: ['boss'] });
    await world.administer('boss', {
      command: 'setPermissions',
      params: { id: 1, new_permission: 'r', users: ['cec'] },
      dryRun: true,
    });
    expect(await told('boss')).toEqual({ notices: [] });
    expect((await told('cec')).notices).toHaveLength(2);
  });

  it('a page at a time, each notice once', async () => {
    const all = (await told('cec')).notices;
    const first = await told('cec', { limit: 1 });
    const second = await told('cec', { limit: 1, cursor: first.next });
    expect([...first.notices, ...second.notices]).toEqual(all);
    expect(second.next).toBeUndefined();
  });

  it('the caller alone, and nobody unknown', async () => {
    expect((await world.fails(null, 'list_notices', {})).reason).toBe('token_missing');
  });
});

it('the record of the act names whom it told what', async () => {
  const { result } = await world.administer('boss', {
    command: 'getAudit',
    params: { command: 'setWorkspaceOwner', outcome: 'success' },
  });
  const [record] = (result as { records: { notices: unknown }[] }).records;
  expect(record?.notices).toEqual([
    { to: 'bea', about: 'workspaceGiven', text: 'Workspace bea:cats (id 1) now belongs to you.' },
    { to: 'ann', about: 'workspaceTaken', text: expect.stringContaining('now belongs to bea') },
  ]);
});

describe('what is shared of a branch is told', () => {
  const shared = async (user: string) =>
    (await told(user)).notices.filter((n) => n.text.includes('permission of your own')).map((n) => n.text);
  let block: string;
  beforeAll(async () => {
    const owners = [{ accountType: 'User', owner: 'ann' }];
    const made = await world.run('createResource', { type: 'block', name: 'recording', owners });
    block = (made as { id: string }).id;
    await world.run('createResource', { type: 'segment', name: 'trial', parents: [block], owners });
  });

  it('once to each, where an administrator shares it', async () => {
    const grants = [{ accountType: 'User', account: 'cec', level: 'read' }];
    await world.run('setAcl', { id: block, grants, cascade: true });
    await world.run('setAcl', { id: block, grants, cascade: true });
    expect(await shared('cec')).toEqual([expect.stringMatching(/^You now have .* and 1 more below it\.$/)]);
  });

  it('by its owner only on request', async () => {
    const grants = [{ accountType: 'User', account: 'dan', level: 'read' }];
    await world.call('ann', 'Resource.set_acl', { id: block, grants });
    expect(await shared('dan')).toEqual([]);
    await world.call('ann', 'Resource.set_acl', { id: block, grants: [], notify: true });
    await world.call('ann', 'Resource.set_acl', { id: block, grants, notify: true });
    expect(await shared('dan')).toEqual([expect.stringContaining(`on block ${block}`)]);
  });
});

it('both sides are told of a transfer, and of none that moves nothing', async () => {
  await world.run('changeOwner', { from: 'ann', to: 'dan', types: ['block', 'segment'] });
  await world.run('changeOwner', { from: 'ann', to: 'dan', types: ['block', 'segment'] });
  const texts = async (user: string, about: string) =>
    (await told(user)).notices.filter((n) => n.about === about).map((n) => n.text);
  expect(await texts('dan', 'resourcesGiven')).toEqual(['You are given 2 resources of ann.']);
  expect(await texts('ann', 'resourcesTaken')).toEqual(['dan is given 2 resources of yours.']);
});
