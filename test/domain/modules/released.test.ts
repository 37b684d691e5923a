import { describe, expect, it } from 'vitest';
import { parseTypestring } from '../../../src/domain/modules/typestring.ts';
import { saveParams } from '../objects/savingWorld.ts';
import { openWorld, type World } from '../workspaces/world.ts';
import { openModule, register, spec } from './spec.ts';

const ONE = spec('typedef structure { int a; } T; typedef structure { string s; } B; funcdef f(T t) returns ();');
const WIDER = ONE.replace('typedef structure { int a; }', '/* @optional b */ typedef structure { int a; int b; }');
const UNRELEASED = "This type wasn't released yet and you should be an owner to access unreleased version information";

const save = (world: World, user: string, type: string, data: object) =>
  world.call(user, 'save_objects', saveParams([{ type, data, name: 'x' }], { workspace: 'w' }));
const typeOf = async (world: World, user: string, type: string, data: object) =>
  ((await save(world, user, type, data)) as unknown[][])[0]?.[2];
const release = (world: World, module = 'Mod') => world.call('ann', 'release_module', module);

async function openModuleAndWorkspace(): Promise<World> {
  const world = await openWorld();
  await openModule(world);
  await world.call('ann', 'create_workspace', { workspace: 'w' });
  return world;
}

describe('a save', () => {
  it('without a version uses the newest released type, also for an owner of the module', async () => {
    await using world = await openModuleAndWorkspace();
    await register(world, ONE, { new_types: ['T', 'B'] });
    const refused = (type: string) =>
      save(world, 'ann', type, { a: 1 }).then(
        () => 'saved',
        (error: Error) => error.message,
      );
    expect(await refused('Mod.T')).toBe(`Object #1, x failed type checking: ${UNRELEASED}`);
    expect(await refused('Mod.T-0')).toBe(`Object #1, x failed type checking: ${UNRELEASED}`);
    expect(await typeOf(world, 'ann', 'Mod.T-0.1', { a: 1 })).toBe('Mod.T-0.1');
    await release(world);
    await register(world, WIDER);
    expect(await typeOf(world, 'ann', 'Mod.T', { a: 1 })).toBe('Mod.T-1.0');
    expect(await typeOf(world, 'ann', 'Mod.T-1', { a: 1 })).toBe('Mod.T-1.0');
    expect(await typeOf(world, 'ann', 'Mod.T-1.1', { a: 1 })).toBe('Mod.T-1.1');
    await register(world, ONE.replace('int a', 'string a'));
    expect(await typeOf(world, 'ann', 'Mod.T', { a: 1 })).toBe('Mod.T-1.0');
    await release(world);
    expect(await typeOf(world, 'ann', 'Mod.T', { a: 'now' })).toBe('Mod.T-2.0');
  });
});

describe('a release', () => {
  it('answers all types of the module in alphabetical order, including removed ones', async () => {
    await using world = await openModuleAndWorkspace();
    await register(world, ONE, { new_types: ['T', 'B'] });
    expect(await release(world)).toEqual(['Mod.B-1.0', 'Mod.T-1.0']);
    expect(await release(world)).toEqual(['Mod.B-1.0', 'Mod.T-1.0']);
    await register(world, WIDER, { remove_types: ['B'] });
    expect(await release(world)).toEqual(['Mod.B-1.0', 'Mod.T-1.1']);
    expect(await world.call(null, 'list_all_types', {})).toEqual({ Mod: { B: '1.0', T: '1.1' } });
    const info = (await world.call(null, 'get_module_info', { mod: 'Mod' })) as { types: object };
    expect(Object.keys(info.types)).toEqual(['Mod.T-1.1']);
    expect((await world.fails('ann', 'get_type_info', 'Mod.B')).message).toBe('Unable to locate type: Mod.B');
    expect(await world.call(null, 'get_type_info', 'Mod.B-1.0')).toMatchObject({ type_vers: ['Mod.B-1.0'] });
  });

  it('also gives version 1.0 to a type that was removed before', async () => {
    await using world = await openModuleAndWorkspace();
    await register(world, ONE, { new_types: ['T', 'B'] });
    await register(world, ONE.replace('typedef structure { string s; } B;', ''), { remove_types: ['B'] });
    expect(await release(world)).toEqual(['Mod.B-1.0', 'Mod.T-1.0']);
    expect(await world.call(null, 'list_all_types', {})).toEqual({ Mod: { B: '1.0', T: '1.0' } });
    expect(await world.call('ann', 'get_type_info', 'Mod.B-1.0')).toMatchObject({
      spec_def: 'typedef structure {\n  string s;\n} B;',
      module_vers: [],
    });
    expect(await register(world, ONE.replace('string s', 'int s'), { new_types: ['B'] })).toEqual(['Mod.B-2.0']);
  });

  it('makes a version of the module only if something becomes 1.0', async () => {
    await using world = await openModuleAndWorkspace();
    await register(world, ONE, { new_types: ['T'] });
    await release(world);
    await register(world, WIDER);
    await release(world);
    const { vers } = (await world.call('ann', 'list_module_versions', { mod: 'Mod' })) as { vers: number[] };
    expect(vers).toHaveLength(3);
    expect(await world.call(null, 'list_module_versions', { mod: 'Mod' })).toEqual({
      mod: 'Mod',
      vers: [vers[1], vers[2]],
    });
    expect(await world.call('ann', 'get_type_info', 'Mod.T')).toMatchObject({ released_module_vers: [vers[2]] });
  });

  it('is refused to callers who do not own the module, with the same message for a missing one', async () => {
    await using world = await openModuleAndWorkspace();
    await openModule(world, 'Empty');
    await register(world, ONE, { new_types: ['T'] });
    const why = async (user: string, module: string) => (await world.fails(user, 'release_module', module)).message;
    expect(await why('ann', 'Nope')).toBe('User ann is not in list of owners of module Nope');
    expect(await why('bea', 'Mod')).toBe('User bea is not in list of owners of module Mod');
    expect(await why('ann', 'Empty')).toBe("Module wasn't uploaded: Empty");
  });
});

describe('an unreleased version', () => {
  it('is shown to owners, and to callers who name it exactly', async () => {
    await using world = await openModuleAndWorkspace();
    await register(world, ONE, { new_types: ['T'] });
    const versions = (user: string | null, params: object) => world.call(user, 'list_module_versions', params);
    const { vers } = (await versions('ann', { mod: 'Mod' })) as { vers: number[] };
    expect(vers).toHaveLength(1);
    for (const user of ['ann', 'bea', null]) {
      expect(await versions(user, { type: 'Mod.T-0.1' })).toEqual({ mod: 'Mod', vers });
      const info = await world.call(user, 'get_module_info', { mod: 'Mod', ver: vers[0] });
      expect(info).toMatchObject({ ver: vers[0], is_released: 0, types: { 'Mod.T-0.1': expect.any(String) } });
    }
    expect(await versions('bea', { mod: 'Mod' })).toEqual({ mod: 'Mod', vers: [] });
    expect((await world.fails('bea', 'list_module_versions', { type: 'Mod.T' })).message).toBe(UNRELEASED);
    expect((await world.fails('bea', 'get_module_info', { mod: 'Mod' })).message).toBe("Module wasn't uploaded: Mod");
    expect((await world.fails('bea', 'get_module_info', {})).message).toBe('Must provide a module name');
    expect((await world.fails('bea', 'get_func_info', 'Mod.f')).message).toBe(UNRELEASED.replace('type', 'function'));
    expect(await world.call('bea', 'get_func_info', 'Mod.f-0.1')).toMatchObject({ module_vers: vers });
    expect((await world.fails('bea', 'get_func_info', 'Mod.f-9.9')).message).toBe(
      "Unable to locate function: 'Mod.f' for version 9.9",
    );

    await release(world);
    await register(world, WIDER);
    const all = (await versions('ann', { mod: 'Mod' })) as { vers: number[] };
    expect(await versions('bea', { type: 'Mod.T-1.0' })).toEqual({ mod: 'Mod', vers: [all.vers[1]] });
    expect(await versions('bea', { type: 'Mod.T-1.1' })).toEqual({ mod: 'Mod', vers: [all.vers[2]] });
    // The unreleased version is not shown if a released one has the same version of the type.
    await register(world, WIDER.replace('string s', 'int s'));
    const more = (await versions('ann', { type: 'Mod.T-1.1' })) as { vers: number[] };
    await release(world);
    expect(await versions('ann', { type: 'Mod.T-1.1' })).toEqual(more);
    expect(await versions('bea', { type: 'Mod.T-1.1' })).toEqual({ mod: 'Mod', vers: [more.vers[1]] });
  });

  it('of a module that has none yet is no error', async () => {
    await using world = await openModuleAndWorkspace();
    expect(await world.call('bea', 'list_module_versions', { mod: 'Mod' })).toEqual({ mod: 'Mod', vers: [] });
    expect((await world.fails('bea', 'list_module_versions', { mod: 'Nope' })).message).toBe(
      "Module doesn't exist: Nope",
    );
  });
});

describe('typestrings', () => {
  it.each([
    ['.B', 'Module name cannot be null or the empty string'],
    ['-1', 'Moduletype cannot be null or the empty string'],
    ['-', 'Could not parse typestring - into module/type and version portions'],
    ['M.T.U', 'Type M.T.U could not be split into a module and name'],
    ['M.', 'Type M. could not be split into a module and name'],
    ['M!.T', 'Illegal character in Module name M!: !'],
    ['M.T$', 'Illegal character in Type name T$: $'],
    ['M.T-1.2.3', 'Type version string 1.2.3 could not be parsed to a version'],
    ['M.T-2147483648', 'Type version string 2147483648 could not be parsed to a version'],
  ])('%s is refused in the words of KBase', (type, why) => {
    expect(() => parseTypestring(type)).toThrow(why);
  });
});
