import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Library, openLibrary } from './library.ts';

let world: Library;

beforeAll(async () => {
  world = await openLibrary();
  await world.run('createWorkspace', { workspace: 'books' }, 'ann');
  await world.run('createWorkspace', { workspace: 'shut' }, 'bea');
  await world.put({ ws: 1, name: 'reads' });
  await world.put({ ws: 1, name: 'reads' });
  await world.put({ ws: 2, name: 'secret', by: 'bea' });
});
afterAll(() => world[Symbol.asyncDispose]());

const info = (...objects: unknown[]) => world.message('getObjectInfo', { objects });
const first = 'Error on ObjectSpecification #1: ';

describe('an object', () => {
  it.each([
    [{ ref: '1/1' }],
    [{ ref: ' books/reads ' }],
    [{ ref: 'books/1/2' }],
    [{ workspace: 'books', name: 'reads' }],
    [{ wsid: 1, objid: '1', ver: 2 }],
  ])('is found as %j', async (object) => {
    const result = await world.run('getObjectInfo', { objects: [object] });
    const digest = '99914b932bd37a50b983c5e7c90ae93b';
    const found = [1, 'reads', 'Mod.Type-1.0', expect.any(String), 2, 'ann', 1, 'books', digest, 2, null];
    expect(result).toEqual({ infos: [found], paths: [['1/1/2']] });
  });

  it.each([
    [{}, 'Must provide one and only one of workspace name (was: null) or id (was: null)'],
    [{ wsid: 1, workspace: 'books' }, 'Must provide one and only one of workspace name (was: books) or id (was: 1)'],
    [{ wsid: 1 }, 'Must provide one and only one of object name (was: null) or id (was: null)'],
    [{ wsid: 1, name: 'a', objid: 3 }, 'Must provide one and only one of object name (was: a) or id (was: 3)'],
    [{ wsid: 0, objid: 1 }, 'Workspace id must be > 0'],
    [{ wsid: 1, objid: 0 }, 'Object id must be > 0'],
    [{ wsid: 1, objid: 1, ver: 0 }, 'Object version must be > 0'],
    [{ wsid: 1, objid: 1, ver: 2147483648 }, 'Maximum object version is 2147483647'],
    [{ wsid: 1, name: '' }, 'Object name cannot be null or the empty string'],
    [{ wsid: 1, name: 'a b' }, 'Illegal character in object name a b:  '],
    [{ wsid: 1, name: '12' }, 'Object names cannot be integers: 12'],
    [{ wsid: 1, name: 'n'.repeat(256) }, 'Object name exceeds the maximum length of 255'],
    [{ ref: '' }, 'reference cannot be null or the empty string'],
    [{ ref: '1' }, "Illegal number of separators '/' in object reference '1'"],
    [{ ref: '1/2/3/4' }, "Illegal number of separators '/' in object reference '1/2/3/4'"],
    [{ ref: '1/2/x' }, "Unable to parse version portion of object reference '1/2/x' to an integer"],
    [{ ref: '-1/2' }, 'Workspace id must be > 0'],
    [
      { ref: '1/1', workspace: 'books', name: 'x', ver: 1 },
      'Object reference 1/1 provided; cannot provide any other means of identifying an object. ' +
        'Workspace: books Object name: x Version: 1',
    ],
    [{ ref: '1/1', oops: 1, eek: 2 }, 'Unexpected arguments in ObjectSpecification: oops eek'],
    [
      { ref: '1/1;2/1', find_reference_path: 1 },
      'Only one of the 6 options for specifying an object reference path is allowed',
    ],
    [
      { ref: '1/1', obj_path: [{ ref: '1/1' }], to_obj_ref_path: ['1/1'] },
      'Only one of the 6 options for specifying an object reference path is allowed',
    ],
    [
      { ref: '1/1', obj_ref_path: ['1/1', 'bad'] },
      "Invalid object reference (bad) at position #3: Illegal number of separators '/' in object reference 'bad'",
    ],
    [{ ref: '1/1', to_obj_path: [null] }, 'Invalid object id at position #1: ObjectIdentity cannot be null'],
  ])('named as %j is refused', async (object, message) => {
    expect(await info(object)).toBe(first + message);
  });

  it('is counted in the message about a list of them', async () => {
    expect(await info({ ref: '1/1' }, { ref: 'x' })).toBe(
      "Error on ObjectSpecification #2: Illegal number of separators '/' in object reference 'x'",
    );
    expect(await info(null)).toBe('Objects in the object specification list cannot be null');
    expect((await world.fails('ann', 'delete_objects', [{ ref: '1/1' }, { ref: '1/1', ver: 1 }])).message).toMatch(
      /^Error on ObjectIdentity #2: Object reference 1\/1 provided;/,
    );
    for (const method of ['hide_objects', 'get_object_subset', 'get_objects', 'list_referencing_objects']) {
      expect((await world.fails('ann', method, [])).message).toBe('No object identifiers provided');
    }
  });

  it.each([
    [{ ref: '1/9' }, 'No object with id 9 exists in workspace 1 (name books)'],
    [{ ref: '1/nope' }, 'No object with name nope exists in workspace 1 (name books)'],
    [{ ref: 'books/reads/3' }, 'No object with id 1 (name reads) and version 3 exists in workspace 1 (name books)'],
    [{ ref: '9/5' }, 'Object 5 cannot be accessed: No workspace with id 9 exists'],
    [{ ref: 'nope/reads' }, 'Object reads cannot be accessed: No workspace with name nope exists'],
  ])('that is missing is refused: %j', async (object, message) => {
    expect(await info(object)).toBe(message);
  });

  it('of others is refused under the name that the caller gave', async () => {
    const refused = await world.fails('ann', 'get_object_info3', { objects: [{ ref: 'shut/secret' }] });
    expect(refused.message).toBe('Object secret cannot be accessed: User ann may not read workspace shut');
    expect(refused.reason).toBe('permission_denied');
    const nobody = await world.fails(null, 'get_object_history', { wsid: 2, objid: 1 });
    expect(nobody.message).toBe('Object 1 cannot be accessed: Anonymous users may not read workspace 2');
  });

  it('is null among others when errors are ignored', async () => {
    const objects = [{ ref: '1/1/1' }, { ref: '2/1' }, { ref: '1/7' }, { ref: '1/1' }];
    const result = await world.call('ann', 'get_object_info3', { objects, ignoreErrors: 1 });
    expect(result).toMatchObject({ paths: [['1/1/1'], null, null, ['1/1/2']] });
    expect(await world.call('ann', 'get_object_info3', { objects, ignoreErrors: 1, infostruct: 1 })).toMatchObject({
      infostructs: [{ version: 1, path: ['1/1/1'] }, null, null, { version: 2 }],
    });
  });

  it('cannot be named with operators or keys of a prototype', async () => {
    const object = JSON.parse('{"wsid":1,"objid":1,"__proto__":{"name":"x"}}');
    expect(await info(object)).toBe(`${first}Unexpected arguments in ObjectSpecification: __proto__`);
    const operator = { objects: [{ wsid: 1, name: { $ne: null } }] };
    expect(await world.message('getObjectInfo', operator)).toMatch(/java\.lang\.String` out of START_OBJECT token/);
  });
});
