import { describe, expect, it } from 'vitest';
import { openWorld, type World } from '../workspaces/world.ts';
import { openModule, register, spec } from './spec.ts';

async function owned(options: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  const world = await openWorld(options);
  await openModule(world);
  await register(world, spec('typedef structure { int a; } T;'), { new_types: ['T'] });
  return world;
}

const owners = async (world: World) =>
  ((await world.call('ann', 'get_module_info', { mod: 'Mod' })) as { owners: string[] }).owners;

const grants = (mod: string, newOwner: string, option = 0) => ({ mod, new_owner: newOwner, with_grant_option: option });

describe('the ownership of a module', () => {
  it('is granted and removed by administrators, and by owners who may', async () => {
    await using world = await owned();
    await world.run('grantModuleOwnership', grants('Mod', 'bea', 1));
    await world.call('bea', 'grant_module_ownership', grants('Mod', 'cec'));
    expect(await owners(world)).toEqual(['ann', 'bea', 'cec']);
    await register(world, spec('typedef structure { int a; } T; typedef int U;'));
    await world.call('cec', 'register_typespec', { spec: spec('typedef structure { int a; } T;'), dryrun: 0 });
    await world.call('bea', 'remove_module_ownership', { mod: 'Mod', old_owner: 'cec' });
    await world.run('removeModuleOwnership', { mod: 'Mod', old_owner: 'bea' });
    expect(await owners(world)).toEqual(['ann']);
  });

  it('cannot be passed on by owners who may not grant, or by users who are no owners', async () => {
    await using world = await owned();
    await world.run('grantModuleOwnership', grants('Mod', 'bea'));
    const said = async (user: string, method: string, params: object) =>
      (await world.fails(user, method, params)).message;
    expect(await said('bea', 'grant_module_ownership', grants('Mod', 'cec'))).toBe(
      'User bea can not change privileges for module Mod',
    );
    expect(await said('bea', 'remove_module_ownership', { mod: 'Mod', old_owner: 'ann' })).toBe(
      'User bea can not change privileges for module Mod',
    );
    for (const [method, params] of [
      ['grant_module_ownership', grants('Mod', 'cec', 1)],
      ['remove_module_ownership', { mod: 'Mod', old_owner: 'ann' }],
      ['release_module', 'Mod'],
      ['register_typespec', { spec: spec('typedef int T;') }],
    ] as const) {
      const { message } = await world.fails('cec', method, params);
      expect(message).toBe('User cec is not in list of owners of module Mod');
    }
  });

  it('is not granted to an unknown user, or of a missing module', async () => {
    await using world = await owned();
    expect(await world.message('grantModuleOwnership', grants('Mod', 'nobody'))).toBe(
      'User nobody is not a valid user',
    );
    expect(await world.message('grantModuleOwnership', grants('Other', 'bea'))).toBe("Module doesn't exist: Other");
    expect(await world.message('grantModuleOwnership', {})).toBe("Module doesn't exist: null");
    expect(await world.message('grantModuleOwnership', { mod: 'Mod' })).toBe(
      'Username cannot be null or the empty string',
    );
    expect(await owners(world)).toEqual(['ann']);
  });

  it('is removed silently from a user who is no owner', async () => {
    await using world = await owned();
    for (const params of [
      { mod: 'Mod', old_owner: 'bea' },
      { mod: 'Mod', old_owner: 'nobody' },
      { mod: 'Other', old_owner: 'ann' },
    ]) {
      expect(await world.run('removeModuleOwnership', params)).toBeNull();
    }
    expect(await owners(world)).toEqual(['ann']);
  });

  it('always stays with an owner who can grant it', async () => {
    await using world = await owned();
    await world.run('grantModuleOwnership', grants('Mod', 'bea'));
    const last = 'This would leave module Mod without an owner who can make others owners';
    expect(await world.message('removeModuleOwnership', { mod: 'Mod', old_owner: 'ann' })).toBe(last);
    expect(await world.message('grantModuleOwnership', grants('Mod', 'ann'))).toBe(last);
    expect((await world.fails('ann', 'remove_module_ownership', { mod: 'Mod', old_owner: 'ann' })).message).toBe(last);
    await world.run('grantModuleOwnership', grants('Mod', 'bea', 1));
    await world.run('removeModuleOwnership', { mod: 'Mod', old_owner: 'ann' });
    expect(await world.message('removeModuleOwnership', { mod: 'Mod', old_owner: 'bea' })).toBe(last);
  });

  it('stays with one owner when two instances remove the last two at the same time', async () => {
    await using world = await owned();
    await using other = await openWorld({ beside: world });
    for (let round = 0; round < 5; round += 1) {
      for (const user of ['ann', 'bea']) await world.run('grantModuleOwnership', grants('Mod', user, 1));
      const taken = await Promise.allSettled([
        world.run('removeModuleOwnership', { mod: 'Mod', old_owner: 'ann' }),
        other.run('removeModuleOwnership', { mod: 'Mod', old_owner: 'bea' }),
      ]);
      expect(taken.filter((t) => t.status === 'fulfilled')).toHaveLength(1);
      const [module] = await world.contents('modules');
      expect((module as { owners: unknown[] }).owners).toHaveLength(1);
    }
  });

  it('belongs to the account, whatever its name, and can be removed from a closed one', async () => {
    await using world = await owned();
    await world.run('grantModuleOwnership', grants('Mod', 'bea', 1));
    await world.run('renameUser', { newName: 'beatrice' }, 'bea');
    expect(await owners(world)).toEqual(['ann', 'beatrice']);
    await world.run('deleteUser', undefined, 'beatrice');
    const [, closed] = await owners(world);
    expect(closed).toMatch(/^beatrice~[0-9a-f]{8}$/);
    await world.run('removeModuleOwnership', { mod: 'Mod', old_owner: closed });
    expect(await owners(world)).toEqual(['ann']);
  });

  it('keeps a pending account when it is deleted', async () => {
    await using world = await owned();
    await world.run('addUser', {}, 'eve');
    await world.run('grantModuleOwnership', grants('Mod', 'eve'));
    await world.run('deleteUser', undefined, 'eve');
    expect(await owners(world)).toEqual(['ann', expect.stringMatching(/^eve~[0-9a-f]{8}$/)]);
  });
});
