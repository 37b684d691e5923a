import { describe, expect, it } from 'vitest';
import { typeForSaving } from '../../../src/domain/modules/typeForSaving.ts';
import { openWorld, type World } from '../workspaces/world.ts';
import { openModule, register, spec } from './spec.ts';

const ONE = spec('typedef structure { int a; } T; typedef list<T> L;');
const WIDER = spec('/* @optional b */ typedef structure { int a; string b; } T; typedef list<T> L;');
const OTHER = spec('typedef structure { string a; } T; typedef list<T> L;');

const typesOf = async (world: World, user: string | null = 'ann') =>
  Object.keys(((await world.call(user, 'get_module_info', { mod: 'Mod' })) as { types: object }).types);
const versions = async (world: World, user: string | null = 'ann') =>
  (await world.call(user, 'list_module_versions', { mod: 'Mod' })) as { vers: number[] };
const said = async (world: World, params: object) => (await world.fails('ann', 'register_typespec', params)).message;

describe('a specification', () => {
  it('only shows what it would change in a dry run, which is the default', async () => {
    await using world = await openWorld();
    await openModule(world);
    const shown = await world.call('ann', 'register_typespec', { spec: ONE, new_types: ['T'] });
    expect(Object.keys(shown as object)).toEqual(['Mod.T-0.1']);
    expect(await world.contents('moduleVersions')).toEqual([]);
    expect(await world.call('ann', 'register_typespec', { spec: ONE, new_types: ['T'], dryrun: 0 })).toEqual(shown);
    expect(await world.contents('types')).toHaveLength(1);
  });

  it('goes from 0.1 to its release, and on by what changed', async () => {
    await using world = await openWorld();
    await openModule(world);
    expect(await register(world, ONE, { new_types: ['T', 'L'] })).toEqual(['Mod.T-0.1', 'Mod.L-0.1']);
    expect(await register(world, OTHER)).toEqual(['Mod.T-0.2', 'Mod.L-0.2']);
    expect(await world.call('ann', 'release_module', 'Mod')).toEqual(['Mod.L-1.0', 'Mod.T-1.0']);
    expect(await world.call('ann', 'release_module', 'Mod')).toEqual(['Mod.L-1.0', 'Mod.T-1.0']);
    expect(await register(world, spec('typedef structure { string a; } T; /* listed */ typedef list<T> L;'))).toEqual([
      'Mod.L-1.1',
    ]);
    expect(await register(world, WIDER.replace('int a', 'string a'))).toEqual(['Mod.T-1.1', 'Mod.L-1.2']);
    expect(await register(world, ONE)).toEqual(['Mod.T-2.0', 'Mod.L-2.0']);
    expect(await typesOf(world)).toEqual(['Mod.L-2.0', 'Mod.T-2.0']);
    expect(await typesOf(world, 'bea')).toEqual(['Mod.L-1.0', 'Mod.T-1.0']);
    expect(await world.call(null, 'list_all_types', {})).toEqual({ Mod: { T: '1.0', L: '1.0' } });
    expect(await world.call('ann', 'release_module', 'Mod')).toEqual(['Mod.L-2.0', 'Mod.T-2.0']);
    const all = await versions(world);
    expect(all.vers).toEqual([...all.vers].sort());
    // Only the first release made a version of its own, since it made 1.0 of 0.2.
    expect(all).toEqual({ mod: 'Mod', vers: expect.objectContaining({ length: 6 }) });
    expect(await versions(world, null)).toEqual({ mod: 'Mod', vers: [all.vers[2], all.vers[5]] });
  });

  it('is refused for lists of types that do not fit', async () => {
    await using world = await openWorld();
    await openModule(world);
    const why = (params: object) => said(world, { spec: ONE, ...params });
    expect(await why({ new_types: ['Nope'] })).toBe(
      'Type is in adding type list but is not defined in spec-file: Nope',
    );
    expect(await why({ remove_types: ['T'] })).toBe(
      'Type is in unregistering type list but was not already registered: T',
    );
    await register(world, ONE, { new_types: ['T'] });
    expect(await why({ new_types: ['T'] })).toBe('Type was already registered before: T');
    expect(await why({})).toBe('There is no difference between previous and current versions of module Mod');
    expect(await why({ mod: 'Mod' })).toBe('Must provide either a spec or module name');
    expect(await said(world, {})).toBe('Must provide either a spec or module name');
    expect(await said(world, { spec: 'module Mod { typedef ' })).toMatch(
      /^Unexpected error during spec-file parsing: Error at line 1, column 21: /,
    );
    expect(await said(world, { spec: ONE.replace('Mod', 'Other') })).toMatch(/^Module Other was not initialized\. /);
  });

  it('restores a removed type with its version', async () => {
    await using world = await openWorld();
    await openModule(world);
    await register(world, ONE, { new_types: ['T', 'L'] });
    await world.call('ann', 'release_module', 'Mod');
    expect(await register(world, ONE, { remove_types: ['T'] })).toEqual([]);
    expect(await typesOf(world)).toEqual(['Mod.L-1.0']);
    expect(await register(world, ONE, { new_types: ['T'] })).toEqual(['Mod.T-1.0']);
    expect(await typesOf(world)).toEqual(['Mod.L-1.0', 'Mod.T-1.0']);
    await register(world, spec('typedef int Nothing;'));
    expect(await typesOf(world)).toEqual([]);
    expect(await register(world, OTHER, { new_types: ['T'] })).toEqual(['Mod.T-2.0']);
  });

  it('that is registered at the same time as another builds on it, or is refused by prev_ver', async () => {
    await using world = await openWorld();
    await using other = await openWorld({ beside: world });
    await openModule(world);
    await register(world, ONE, { new_types: ['T'] });
    const { vers } = await versions(world);
    const added = ['A', 'B', 'C', 'D'].map((name) => ONE.replace('};', `typedef structure { int x; } ${name}; };`));
    const guarded = await Promise.allSettled(
      added.map((text, i) => register(i % 2 ? world : other, text, { prev_ver: vers[0] })),
    );
    expect(guarded.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const result of guarded) {
      if (result.status === 'rejected') {
        expect(result.reason.message).toMatch(
          new RegExp(`^Concurrent modification: previous module version is \\d+ \\(but should be ${vers[0]}\\)$`),
        );
      }
    }
    const texts = Array.from({ length: 6 }, (_, i) => ONE.replace('int a', `string a${i}`));
    const free = await Promise.all(texts.map((text, i) => register(i % 2 ? world : other, text)));
    // Each is one higher than the one before.
    expect(new Set(free.flat())).toEqual(
      new Set(['Mod.T-0.2', 'Mod.T-0.3', 'Mod.T-0.4', 'Mod.T-0.5', 'Mod.T-0.6', 'Mod.T-0.7']),
    );
    const after = (await versions(world)).vers;
    expect(new Set(after).size).toBe(8);
  });

  it('includes other modules in the requested version, and follows them when it is compiled again', async () => {
    await using world = await openWorld();
    for (const module of ['Base', 'Mod']) await openModule(world, module);
    await register(world, spec('typedef structure { int a; } B; typedef int Plain;', 'Base'), { new_types: ['B'] });
    const using =
      '#include <some/dir/Base.spec>\nmodule Mod { typedef structure { Base.B b; } T; funcdef f(T t) returns (Base.B); };';
    expect(await said(world, { spec: using, new_types: ['T'] })).toBe("Module wasn't uploaded: Base");
    await world.call('ann', 'release_module', 'Base');
    expect(await register(world, using, { new_types: ['T'] })).toEqual(['Mod.T-0.1']);
    await world.call('ann', 'release_module', 'Mod');
    const first = (await world.call(null, 'get_module_info', { mod: 'Mod' })) as Record<string, unknown>;
    expect(first).toMatchObject({
      spec: expect.stringMatching(/^#include <Base\.types>\n/),
      functions: ['Mod.f-1.0'],
      is_released: 1,
    });

    expect(await said(world, { mod: 'Mod', dryrun: 0 })).toMatch(/^There is no difference/);
    await register(world, spec('/* @optional c */ typedef structure { int a; int c; } B; typedef int Plain;', 'Base'));
    await world.call('ann', 'release_module', 'Base');
    expect(await world.call('ann', 'register_typespec', { mod: 'Mod', dryrun: 0 })).toMatchObject({
      'Mod.T-1.1': expect.any(String),
    });
    const old = (first.included_spec_version as Record<string, number>).Base;
    expect(await register(world, using, { dependencies: { Base: old } })).toEqual(['Mod.T-2.0']);
    expect(await world.call('ann', 'get_type_info', 'Mod.T-1.0')).toMatchObject({ used_type_defs: ['Base.B-1.0'] });
    const users = (await world.call('ann', 'get_type_info', 'Base.B-1.0')) as Record<string, string[]>;
    expect(users.using_type_defs?.toSorted()).toEqual(['Mod.T-0.1', 'Mod.T-1.0', 'Mod.T-2.0']);
    expect(users.using_func_defs?.toSorted()).toEqual(['Mod.f-0.1', 'Mod.f-1.0', 'Mod.f-2.0']);
    expect(await world.call('bea', 'get_type_info', 'Base.B-1.0')).toMatchObject({ using_type_defs: ['Mod.T-1.0'] });

    expect(await said(world, { spec: using.replace('Base.B b', 'Base.Plain b') })).toBe(
      'Reference to external not registered module/type is missing: Base.Plain',
    );
    expect(await said(world, { spec: using.replace('Base.spec', 'Gone.spec') })).toBe("Module doesn't exist: Gone");
    expect(await said(world, { spec: using, dependencies: { Base: 1 } })).toBe(
      'There is no information about module Base for version 1',
    );
    expect(await said(world, { spec: `#include <Mod>\n${ONE}` })).toContain('A module cannot include itself');
    for (const wrong of ['Base', '<Base', '<Base> // all of it']) {
      expect(await said(world, { spec: `#include ${wrong}\n${ONE}` })).toBe(
        'Unexpected error during parsing of spec-file include declarations: ' +
          `Wrong include structure (it should be ...<file_path>): ${wrong}`,
      );
    }
  });

  it('includes one version of each module, directly or through others', async () => {
    await using world = await openWorld();
    const including = (module: string, ...others: readonly string[]) => {
      const fields = others.map((other, i) => `${other}.T f${i};`).join(' ');
      return `${others.map((other) => `#include <${other}>\n`).join('')}${spec(`typedef structure { ${fields} } T;`, module)}`;
    };
    const released = async (module: string, text: string, more: object = {}) => {
      await register(world, text, more);
      await world.call('ann', 'release_module', module);
      return ((await world.call('ann', 'get_module_info', { mod: module })) as { ver: number }).ver;
    };
    for (const module of ['Base', 'Left', 'Right', 'Mod']) await openModule(world, module);
    const news = { new_types: ['T'] };
    const base1 = await released('Base', spec('typedef int T;', 'Base'), news);
    const left1 = await released('Left', including('Left', 'Base'), news);
    const base2 = await released('Base', spec('typedef string T;', 'Base'));
    const right = await released('Right', including('Right', 'Base'), news);
    const both = including('Mod', 'Left', 'Right');
    const incompatible = { spec: both, ...news, dryrun: 0 };
    expect(await said(world, incompatible)).toBe(
      `Incompatible module dependecies: Base(${base1})<-Left(${left1})<-RootModule and ` +
        `Base(${base2})<-Right(${right})<-RootModule`,
    );
    expect(await said(world, { ...incompatible, dependencies: { Base: base2 } })).toBe(
      `Version of dependent module Base(${base1})<-Left(${left1})<-RootModule ` +
        `is not compatible with module version restriction: ${base2}`,
    );
    // Left in its second version includes its first one through Inner.
    await openModule(world, 'Inner');
    const inner = await released('Inner', including('Inner', 'Left'), news);
    const left2 = await released('Left', including('Left', 'Inner'));
    expect(await said(world, { spec: including('Mod', 'Left'), ...news })).toBe(
      `Incompatible module dependecies: Left(${left2})<-RootModule and ` +
        `Left(${left1})<-Inner(${inner})<-Left(${left2})<-RootModule`,
    );
    await released('Left', including('Left', 'Base'));
    expect(await register(world, both, news)).toEqual(['Mod.T-0.1']);
  });

  it('gives types and functions names of at most 255 bytes', async () => {
    await using world = await openWorld();
    await openModule(world);
    const long = 'n'.repeat(256);
    expect(await said(world, { spec: spec(`typedef int ${long};`) })).toBe('Type name size is > 255 bytes');
    expect(await said(world, { spec: spec(`funcdef ${long}() returns ();`) })).toBe(
      'Function name size is > 255 bytes',
    );
    expect(await register(world, spec(`typedef int ${'n'.repeat(255)};`))).toEqual([]);
  });

  it('shows a type by version, by major version, by MD5 and by name alone', async () => {
    await using world = await openWorld();
    await openModule(world);
    await register(world, ONE, { new_types: ['T'] });
    const unreleased =
      "This type wasn't released yet and you should be an owner to access unreleased version information";
    const schema = (user: string | null, type: string) => world.call(user, 'get_jsonschema', type);
    expect((await world.fails('bea', 'get_jsonschema', 'Mod.T')).message).toBe(unreleased);
    expect(await schema('ann', 'Mod.T')).toBe(await schema(null, 'Mod.T-0.1'));
    await world.call('ann', 'release_module', 'Mod');
    await register(world, WIDER);
    expect(await schema(null, 'Mod.T')).toBe(await schema(null, 'Mod.T-1'));
    expect(await schema('ann', 'Mod.T-1')).toBe(await schema(null, 'Mod.T-1.1'));
    expect(await schema(null, 'Mod.T-1')).not.toBe(await schema(null, 'Mod.T-1.1'));

    const { 'Mod.T-1.0': md5 } = (await world.call(null, 'translate_to_MD5_types', ['Mod.T-1.0'])) as Record<
      string,
      string
    >;
    expect(md5).toMatch(/^Mod\.T-[0-9a-f]{32}$/);
    expect(await world.call(null, 'translate_from_MD5_types', [md5])).toEqual({
      [String(md5)]: ['Mod.T-0.1', 'Mod.T-1.0'],
    });
    expect(await schema(null, String(md5))).toBe(await schema(null, 'Mod.T-1.0'));

    const why = async (type: string) => (await world.fails(null, 'get_jsonschema', type)).message;
    expect(await why('Mod.T-9.0')).toBe('Unable to locate type: Mod.T-9.0');
    expect(await why('Mod.T-9')).toBe('Unable to locate type: Mod.T-9');
    expect(await why('Mod.Nope')).toBe('Unable to locate type: Mod.Nope');
    expect(await why('Mod.L')).toBe('Unable to locate type: Mod.L');
    expect(await why('Nope.T')).toBe("Module doesn't exist: Nope");
    expect(await why('')).toBe('Typestring cannot be null or the empty string');
    expect(await why('Mod')).toBe('Type Mod could not be split into a module and name');
    expect(await why('Mod.T-x')).toBe('Type version string x could not be parsed to a version');
    expect(await why('Mod.T-1-2')).toBe('Could not parse typestring Mod.T-1-2 into module/type and version portions');
    await openModule(world, 'Empty');
    expect(await why('Empty.T')).toBe('Unable to locate type: Empty.T');
  });

  it('has information about types and functions', async () => {
    await using world = await openWorld();
    await openModule(world);
    const text = spec(
      'typedef string name; /* a T */ typedef structure { name n; } T; /* makes */ funcdef f(T t, int) returns (list<T>);',
    );
    await register(world, text, { new_types: ['T'] });
    await world.call('ann', 'release_module', 'Mod');
    const { vers } = await versions(world);
    expect(await world.call(null, 'get_all_type_info', 'Mod')).toMatchObject([
      {
        type_def: 'Mod.T-1.0',
        description: 'a T',
        spec_def: 'typedef string name;\n\n/*\na T\n*/\ntypedef structure {\n  name n;\n} T;',
        module_vers: [vers[1]],
        type_vers: ['Mod.T-1.0'],
        using_func_defs: ['Mod.f-1.0'],
      },
    ]);
    const func = {
      func_def: 'Mod.f-1.0',
      description: 'makes',
      spec_def: '/*\nmakes\n*/\nfuncdef f(#Mod.T-1.0# t, int) returns (list<#Mod.T-1.0#>) authentication none;',
      used_type_defs: ['Mod.T-1.0'],
      released_func_vers: ['Mod.f-1.0'],
    };
    expect(await world.call(null, 'get_all_func_info', 'Mod')).toMatchObject([func]);
    expect(await world.call(null, 'get_func_info', 'Mod.f')).toMatchObject(func);
    expect((await world.fails(null, 'get_func_info', 'Mod.g')).message).toBe("Unable to locate function: 'Mod.g'");
  });

  it('gives what objects are checked against: the newest released type, or the one that is named', async () => {
    await using world = await openWorld();
    await openModule(world);
    await register(world, ONE, { new_types: ['T', 'L'] });
    const { database } = world;
    const reason = (type: string | null) => typeForSaving(database, type).then(String, (error) => error.reason);
    expect(await reason('Mod.T')).toBe('type_unreleased');
    await world.call('ann', 'release_module', 'Mod');
    await register(world, WIDER);
    const type = await typeForSaving(database, 'Mod.T');
    expect(type).toMatchObject({ typestring: 'Mod.T-1.0', data: { fields: [{ name: 'a', type: { kind: 'int' } }] } });
    expect(await typeForSaving(database, 'Mod.T-1.0')).toBe(type);
    expect((await typeForSaving(database, 'Mod.T-1.1')).data).toMatchObject({
      fields: [{}, { optional: true }],
    });
    expect(await reason('Mod.L')).toBe('type_not_storable');
    expect(await reason('Mod.Nope')).toBe('type_missing');
    expect(await reason(null)).toBe('typestring_invalid');
  });

  it('is bounded in what one registration can make', async () => {
    await using world = await openWorld();
    await openModule(world);
    const wide = (fields: number, name: string) =>
      `typedef structure { ${Array.from({ length: fields }, (_, i) => `string ${name}${i};`).join(' ')} }`;
    const names = Array.from({ length: 12 }, (_, i) => `T${i}`);
    const uses = names.map((name) => `typedef structure { W a; } ${name};`).join(' ');
    expect(await said(world, { spec: spec(`${wide(990, 'f')} W; ${uses}`), new_types: names })).toMatch(
      /the types that change have more than 10000 parts$/,
    );
    const few = names.concat(names.map((name) => `${name}y`));
    const fields = few.map((name) => `${name} f${name};`).join(' ');
    const functions = Array.from({ length: 900 }, (_, i) => `funcdef f${i}(All a) returns ();`).join(' ');
    const definitions = few.map((name) => `typedef structure { int a; } ${name};`).join(' ');
    const text = spec(`${definitions} typedef structure { ${fields} } All; ${functions}`);
    expect(await said(world, { spec: text, new_types: few })).toMatch(
      /refers to registered types more than 20000 times$/,
    );
    const long = 'a'.repeat(10_000);
    const many = names.concat(names.map((name) => `${name}x`));
    const longUses = many.map((name) => `typedef structure { W a; } ${name};`).join(' ');
    expect(await said(world, { spec: spec(`${wide(18, long)} W; ${longUses}`), new_types: many })).toMatch(
      /JSON Schemas are larger than 4000000 bytes$/,
    );
  });
});
