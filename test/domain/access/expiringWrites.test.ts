import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld } from '../workspaces/world.ts';
import { type ClockedWorld, openFilledWorld, thingsIn } from './expiring.ts';

let world: ClockedWorld;
let ids: Awaited<ReturnType<typeof thingsIn>>;
beforeEach(async () => {
  world = await openFilledWorld();
  ids = await thingsIn(world);
});
afterEach(() => world[Symbol.asyncDispose]());

const to = (account: string, level = 'read', minutes?: number) => ({
  ...{ accountType: 'User', account, level },
  ...(minutes === undefined ? {} : { expires: world.at(minutes) }),
});
const share = (id: string, ...grants: object[]) => world.run('setAcl', { id, mode: 'merge', grants });
const permit = (new_permission: string, minutes?: number, users = ['bea']) =>
  world.run('setPermissions', { id: 1, new_permission, users, ...until(minutes) });
const until = (minutes: number | undefined) => (minutes === undefined ? {} : { expires: world.at(minutes) });

interface Stored {
  readonly grants: readonly { readonly principal: string; readonly level: string; readonly expires?: Date }[];
  readonly revision: number;
}

const stored = async (id: string) => {
  const [found] = [...(await world.contents('workspaces')), ...(await world.contents('resources'))].filter(
    ({ _id }) => _id === id,
  );
  return found as unknown as Stored;
};

/** The grants as `name level`, with the minutes after which they end. */
const grantsOf = async (id: string) => {
  const { grants } = (await world.run('getAcl', { id })) as {
    grants: { account: string; level: string; expires?: string }[];
  };
  const end = (expires: string) => (Date.parse(expires) - Date.parse(world.at(0))) / 60_000;
  return grants.map(({ account, level, expires }) => [account, level, ...(expires ? [end(expires)] : [])].join(' '));
};

describe('the end of a right', () => {
  const WAYS: Readonly<Record<string, (expires: unknown) => Promise<unknown>>> = {
    setAcl: (expires) => share(ids.plate, { ...to('bea'), expires }),
    setAclMass: (expires) =>
      world.run('setAclMass', { resources: [{ id: ids.plate }], grants: [{ ...to('bea'), expires }] }),
    setPermissions: (expires) => world.run('setPermissions', { id: 1, new_permission: 'r', users: ['bea'], expires }),
    'Workspace.set_permissions': (expires) =>
      world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['bea'], expires }),
    addRoleMembers: (expires) => world.run('addRoleMembers', { name: 'readers', members: ['bea'], expires }),
    addAdmin: (expires) => world.run('addAdmin', { expires }, 'bea'),
  };

  it.each(Object.keys(WAYS))('must be an instant in the future for %s, or nothing is stored', async (way) => {
    await world.run('createRole', { name: 'readers' });
    const state = async () => [
      ...(await world.contents('workspaces')),
      ...(await world.contents('resources')),
      ...(await world.contents('roles')),
      ...(await world.contents('roster')),
    ];
    const before = await state();
    for (const wrong of [world.at(0), world.at(-1), 'tomorrow', '2099-13-01T00:00:00Z', '2099-01-01T00:00:00', '']) {
      const refused = await WAYS[way]?.(wrong).then(
        () => undefined,
        (error) => error,
      );
      expect([wrong, refused?.reason]).toEqual([wrong, 'invalid_params']);
      expect(refused.message).toContain('expires');
    }
    expect(await state()).toEqual(before);
    await WAYS[way]?.(world.at(1));
    expect(await state()).not.toEqual(before);
  });

  it('is kept in whole seconds, rounded down, so that nothing lasts longer than was said', async () => {
    await share(ids.plate, { ...to('bea'), expires: world.at(1).replace('.000Z', '.999Z') });
    expect(await grantsOf(ids.plate)).toEqual(['bea read 1']);
    await share(ids.plate, { ...to('bea'), expires: world.at(2).replace('.000Z', '+00:00') });
    expect(await grantsOf(ids.plate)).toEqual(['bea read 2']);
  });

  it('is not for what is taken away', async () => {
    const said = 'expires is for';
    expect(
      await world.message('setPermissions', { id: 1, new_permission: 'n', users: ['bea'], ...until(1) }),
    ).toContain(said);
    const grants = [to('bea', 'read', 1)];
    expect(await world.message('setAcl', { id: ids.plate, mode: 'remove', grants })).toContain(said);
  });
});

describe('a right that is given again', () => {
  it('ends as it was said last: at another instant, or never', async () => {
    for (const [minutes, shown] of [
      [5, 'bea read 5'],
      [9, 'bea read 9'],
      [3, 'bea read 3'],
      [undefined, 'bea read'],
    ] as const) {
      await share(ids.plate, to('bea', 'read', minutes));
      expect(await grantsOf(ids.plate)).toEqual([shown]);
      await permit('r', minutes);
      expect(await grantsOf('ws1')).toEqual([shown]);
    }
    await permit('r', 5);
    await world.call('ann', 'set_permissions', { id: 1, new_permission: 'r', users: ['bea'] });
    expect(await grantsOf('ws1')).toEqual(['bea read']);
    await world.run('createRole', { name: 'readers', members: ['bea'] });
    await world.run('addRoleMembers', { name: 'readers', members: ['bea', 'cec'], ...until(4) });
    expect(await world.run('listRoles', { name: 'readers' })).toMatchObject({
      roles: [
        {
          size: 2,
          expiring: [
            { user: 'bea', expires: world.at(4) },
            { user: 'cec', expires: world.at(4) },
          ],
        },
      ],
    });
    await world.run('addRoleMembers', { name: 'readers', members: ['bea', 'cec'] });
    const { roles } = (await world.run('listRoles', { name: 'readers' })) as { roles: object[] };
    expect(roles[0]).toMatchObject({ size: 2, members: ['bea', 'cec'] });
    expect(roles[0]).not.toHaveProperty('expiring');
  });

  it('changes the document and leaves a record if only its end differs, and else changes nothing', async () => {
    await permit('w', 5);
    const { revision } = await stored('ws1');
    await permit('w', 5);
    expect((await stored('ws1')).revision).toBe(revision);
    const dry = (await world.administer('boss', {
      ...{ command: 'setPermissions', dryRun: true },
      params: { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(6) },
    })) as unknown as { result: { changes: { fields: object[] }[] } };
    const change = { before: { expires: new Date(world.at(5)) }, after: { expires: new Date(world.at(6)) } };
    expect(dry.result.changes[0]?.fields[0]).toMatchObject(change);
    await permit('w', 6);
    expect((await stored('ws1')).revision).toBe(revision + 1);
    const record = (await world.records()).at(-1) as unknown as { changes: { fields: object[] }[] };
    expect(record.changes[0]?.fields[0]).toMatchObject(change);
    expect(await world.run('setAcl', { id: ids.plate, grants: [to('bea', 'read', 5)] })).toMatchObject({
      changed: [ids.plate],
    });
    expect(await world.run('setAcl', { id: ids.plate, grants: [to('bea', 'read', 5)] })).toMatchObject({
      changed: [],
      unchanged: 1,
    });
    expect(await world.run('setAcl', { id: ids.plate, grants: [to('bea', 'read', 6)] })).toMatchObject({
      changed: [ids.plate],
    });
  });

  it('has its end in the notice to its user', async () => {
    const { length } = await world.records();
    await share(ids.plate, to('bea', 'read', 5));
    await permit('w', 6);
    const texts = (await world.records(length)).map(({ notices }) => (notices as { text: string }[])[0]?.text);
    expect(texts).toEqual([
      `You now have a permission of your own on plate ${ids.plate}, until ${world.at(5)}.`,
      `You have the permission w (write) until ${world.at(6)} on workspace ann:one (id 1).`,
    ]);
  });

  it('after it has ended is a new one, of which its user gets a notice', async () => {
    await share(ids.plate, to('bea', 'read', 1));
    world.setClock(2);
    const { length } = await world.records();
    await share(ids.plate, to('bea'));
    expect(await grantsOf(ids.plate)).toEqual(['bea read']);
    expect((await world.records(length))[0]).toMatchObject({ notices: [{ about: 'permissionChanged' }] });
    await permit('r', 3);
    world.setClock(4);
    // To withdraw what has ended changes nobody's permission.
    const many = { workspaces: [{ id: 1 }], new_permission: 'n', users: ['bea'] };
    expect(await world.run('setPermissions', many)).toEqual({ outcomes: [{ id: 1, changed: [] }] });
    expect((await stored('ws1')).grants).toEqual([]);
  });
});

describe("KBase's contract", () => {
  it('shows permissions that hold, as it always did, and knows no other keys', async () => {
    await permit('w', 5);
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w' });
    expect(await world.call('bea', 'get_permissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w' });
    const params = { id: 1, new_permission: 'r', users: ['bea'], until: world.at(1) };
    const said = 'Unexpected arguments in SetPermissionsParams: until';
    expect((await world.fails('ann', 'set_permissions', params)).message).toBe(said);
    expect(await world.message('setPermissions', params)).toBe(said);
  });
});

describe('whoever shares with a right that ends', () => {
  const give = (user: string, new_permission: string, users: string[], minutes?: number) =>
    world.call(user, 'set_permissions', { id: 1, new_permission, users, ...until(minutes) });

  it('cannot make their own right last, nor that of anybody else', async () => {
    await permit('a', 10);
    await give('bea', 'a', ['bea']);
    await give('bea', 'w', ['cec']);
    expect(await grantsOf('ws1')).toEqual(['bea admin 10', 'cec write 10']);
    for (const whom of ['bea', 'cec']) {
      const refused = await world.fails('bea', 'set_permissions', {
        id: 1,
        new_permission: 'a',
        users: [whom],
        ...until(11),
      });
      expect(refused).toMatchObject({
        reason: 'grant_outlasts',
        message: expect.stringContaining(`workspace 1 ends at ${world.at(10)}`),
      });
    }
    await give('bea', 'a', ['cec'], 10);
    // Nor together: each gives the other no more than they have.
    await give('cec', 'a', ['bea']);
    expect(await grantsOf('ws1')).toEqual(['bea admin 10', 'cec admin 10']);
    world.setClock(10);
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a' });
  });

  it('cannot do so with other systems, or through a role that they leave', async () => {
    await world.run('createRole', { name: 'sharers' });
    await world.run('addRoleMembers', { name: 'sharers', members: ['bea'], ...until(10) });
    await share(ids.plate, { accountType: 'ApplicationRole', account: 'sharers', level: 'admin' });
    await share(ids.plate, to('dan', 'read'));
    await world.call('bea', 'Resource.set_acl', { id: ids.plate, mode: 'merge', grants: [to('bea', 'admin')] });
    // Who had it for ever keeps it.
    await world.call('bea', 'Resource.set_acl', { id: ids.plate, mode: 'merge', grants: [to('dan', 'read')] });
    expect(await grantsOf(ids.plate)).toEqual(['sharers admin', 'dan read', 'bea admin 10']);
    // More than that ends, though what they had did not.
    await world.call('bea', 'Resource.set_acl', { id: ids.plate, mode: 'merge', grants: [to('dan', 'admin')] });
    expect(await grantsOf(ids.plate)).toContain('dan admin 10');
    const longer = { id: ids.plate, mode: 'merge', grants: [to('cec', 'read', 11)] };
    expect(await world.fails('bea', 'Resource.set_acl', longer)).toMatchObject({ reason: 'grant_outlasts' });
    await share(ids.segment, to('bea', 'admin', 10));
    await world.call('bea', 'Gnode.set_sharing', { type: 'segment', id: ids.segment, shared_with: { bea: 2, cec: 1 } });
    expect(await grantsOf(ids.segment)).toEqual(['bea admin 10', 'cec read 10']);
    await share(ids.folder, to('bea', 'admin', 10));
    const aclList = [{ accountType: 'User', accountGuid: 'cec', permissions: { read: true } }];
    const item = { type: 'folders', id: '/@Catalog/things' };
    await world.call('bea', 'Catalog.update_acl', { ...item, updateMode: 'ReplaceMatchingAccounts', aclList });
    expect(await grantsOf(ids.folder)).toEqual(['bea admin 10', 'cec read 10']);
  });

  it('keeps the end of a right that they lower', async () => {
    await permit('w', 10);
    await give('bea', 'r', ['bea']);
    expect(await grantsOf('ws1')).toEqual(['bea read 10']);
  });

  it('is free to give it for ever if they also have a right that lasts', async () => {
    await permit('a', 10);
    await world.run('createRole', { name: 'sharers', members: ['bea'] });
    await permit('a', undefined, ['role:sharers']);
    await give('bea', 'r', ['cec']);
    expect(await grantsOf('ws1')).toContain('cec read');
  });
});

describe('the sharing of other systems', () => {
  it("keeps an end that it cannot show, when G-Node's map or Oracle's list is sent back", async () => {
    await share(ids.segment, to('bea', 'write', 10), to('cec', 'read', 10));
    const named = { type: 'segment', id: ids.segment };
    const { shared_with } = (await world.call('ann', 'Gnode.get_sharing', named)) as { shared_with: object };
    await world.call('ann', 'Gnode.set_sharing', { ...named, shared_with });
    expect(await grantsOf(ids.segment)).toEqual(['bea write 10', 'cec read 10']);
    // Lowered, it ends as before; what is given anew or raised lasts.
    await world.call('ann', 'Gnode.set_sharing', { ...named, shared_with: { bea: 1, cec: 2, dan: 1 } });
    expect(await grantsOf(ids.segment)).toEqual(['bea read 10', 'cec write', 'dan read']);

    const item = { type: 'folders', id: '/@Catalog/things' };
    await share(ids.folder, to('bea', 'read', 10), to('cec', 'read', 10));
    const { acl } = (await world.call('ann', 'Catalog.get_acl', item)) as { acl: object[] };
    await world.call('ann', 'Catalog.update_acl', { ...item, updateMode: 'ReplaceAll', aclList: acl });
    expect(await grantsOf(ids.folder)).toEqual(['bea read 10', 'cec read 10']);
    const aclList = acl.slice(0, 1);
    await world.call('ann', 'Catalog.update_acl', { ...item, updateMode: 'ReplaceMatchingAccounts', aclList });
    expect((await grantsOf(ids.folder)).toSorted()).toEqual(['bea read', 'cec read 10']);
  });

  it('counts nobody whose right has ended', async () => {
    const file = (await world.call('ann', 'Resource.create', { type: 'datafile', name: 'f' })) as { id: string };
    await share(file.id, to('bea', 'read', 1));
    const named = { type: 'datafile', id: file.id };
    expect(await world.fails('ann', 'Gnode.delete_object', named)).toMatchObject({ reason: 'gnode_file_shared' });
    world.setClock(1);
    await world.call('ann', 'Gnode.delete_object', named);
  });
});

describe('copies, clones and moves', () => {
  it('have no grants, or keep those that end as they are', async () => {
    await permit('a', 10);
    await world.call('bea', 'clone_workspace', { wsi: { id: 1 }, workspace: 'clone' });
    expect(await grantsOf('ws2')).toEqual([]);
    await world.call('ann', 'rename_workspace', { wsi: { id: 1 }, new_name: 'ann:renamed' });
    expect(await grantsOf('ws1')).toEqual(['bea admin 10']);
    await share(ids.folder, to('bea', 'admin', 10));
    const item = { type: 'folders', id: '/@Catalog/things' };
    await world.call('ann', 'Catalog.copy_item', { ...item, newItemName: 'copied' });
    await world.call('ann', 'Catalog.move_item', { ...item, newItemName: 'moved' });
    expect(await world.call('ann', 'Catalog.get_acl', { ...item, id: '/@Catalog/copied' })).toEqual({ acl: [] });
    expect(await grantsOf(ids.folder)).toEqual(['bea admin 10']);
  });
});

describe('a write during which the right to it ends', () => {
  it('is decided by the instant of its transaction, which its record has', async () => {
    const start = Math.floor(Date.now() / 1000) * 1000;
    const expires = new Date(start + 1000);
    let readings = Number.POSITIVE_INFINITY;
    // The clock passes the end after so many readings.
    const now = () => new Date(readings-- > 0 ? start : expires);
    await using house = await openWorld({ now });
    await house.run('createWorkspace', { workspace: 'ann:one' }, 'ann');
    const outcomes = new Set<string>();
    for (let before = 0; before < 12; before += 1) {
      readings = Number.POSITIVE_INFINITY;
      const params = { id: 1, new_permission: 'a', users: ['bea'], expires: expires.toISOString() };
      await house.run('setPermissions', params);
      const { length } = await house.records();
      readings = before;
      const meta = { [`key${before}`]: 'value' };
      const outcome = await house.call('bea', 'alter_workspace_metadata', { wsi: { id: 1 }, new: meta }).then(
        () => 'done',
        ({ reason }) => String(reason),
      );
      outcomes.add(outcome);
      const [record] = await house.records(length);
      if (outcome === 'done') expect(new Date(record?.at as Date).getTime()).toBeLessThan(expires.getTime());
      else expect(outcome).toBe('permission_denied');
    }
    expect([...outcomes].toSorted()).toEqual(['done', 'permission_denied']);
  });
});

describe('administrators whose right has ended', () => {
  it('are nobody whom a lesser administrator may not change, and leave one who lasts', async () => {
    await world.run('addAdmin', { expires: world.at(5) }, 'bea');
    await world.run('addAdmin', { commands: ['addAdmin', 'removeAdmin', 'disableUser', 'enableUser'] }, 'cec');
    const limited = { command: 'addAdmin', user: 'bea', params: { commands: ['disableUser'] } };
    expect(await world.refusal('cec', limited)).toBe('exceeds_own_rights');
    expect(await world.refusal('cec', { command: 'disableUser', user: 'bea' })).toBe('exceeds_own_rights');
    world.setClock(5);
    await world.administer('cec', { command: 'disableUser', user: 'bea' });
    await world.administer('cec', { command: 'enableUser', user: 'bea' });
    await world.administer('cec', limited);
    expect(await world.run('listAdmins', { detail: true })).toContainEqual(
      expect.objectContaining({ user: 'bea', commands: ['disableUser'] }),
    );
  });
});

describe('a transfer', () => {
  const levels = async () => (await stored('ws1')).grants.map(({ level, expires }) => [level, expires?.toISOString()]);

  it('keeps the ends of grants, and so does taking it back, after which nobody has more', async () => {
    await permit('w', 10, ['cec']);
    await permit('w', 20, ['bea']);
    const { result } = (await world.administer('boss', {
      ...{ command: 'changeOwner', params: { from: 'ann', to: 'bea', types: ['workspace'] } },
    })) as unknown as { result: { job: string } };
    await world.worker.turn('jobs');
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ bea: 'a', ann: 'a', cec: 'w' });
    expect(await levels()).toEqual([
      ['write', world.at(10)],
      ['admin', undefined],
    ]);
    await world.run('revertJob', { id: result.job });
    await world.worker.turn('jobs');
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a', bea: 'w', cec: 'w' });
    expect(await grantsOf('ws1')).toEqual(['cec write 10', 'bea write 20']);
  });

  it('that is taken back brings back nothing that has ended, whether it was removed or not', async () => {
    await permit('w', 10, ['cec']);
    await permit('w', 20, ['bea']);
    const { result } = (await world.administer('boss', {
      ...{ command: 'changeOwner', params: { from: 'ann', to: 'bea', types: ['workspace'] } },
    })) as unknown as { result: { job: string } };
    await world.worker.turn('jobs');
    world.setClock(20);
    await world.sweep();
    await world.run('revertJob', { id: result.job });
    await world.worker.turn('jobs');
    expect(await world.run('getPermissions', { id: 1 })).toEqual({ ann: 'a' });
    expect((await stored('ws1')).grants).toEqual([]);
  });
});
