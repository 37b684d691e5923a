import { MongoServerError } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RawJson } from '../../../src/base/json/rawJson.ts';
import type { PreparedSave } from '../../../src/domain/objects/prepare.ts';
import { laneOfSave } from '../../../src/domain/objects/save.ts';
import { openSavingWorld, raw, type Saved, type SavingWorld, saveParams, simple } from './savingWorld.ts';

let world: SavingWorld;

beforeAll(async () => {
  world = await openSavingWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const now = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
const SIMPLE_SUM = '583631463dac442064591deb53f276a7';

const idOf = ([info]: readonly Saved[]): number => info?.[0] ?? 0;

/** Data, references and provenance as they are read back. */
async function read(ref: string) {
  const { data } = JSON.parse(JSON.stringify(await world.run('getObjects', { objects: [{ ref }] }))) as {
    data: [{ data: unknown; refs: string[]; provenance: Record<string, unknown>[]; extracted_ids: object }];
  };
  return data[0];
}

describe('saving', () => {
  it('makes an object, with what its type extracts from the data', async () => {
    expect(await world.save('ann', simple({ name: 'obj1', meta: { m: '1', thename: 'mine' } }))).toEqual([
      [
        1,
        'obj1',
        'PeerTest.SimpleType-1.0',
        now,
        1,
        'ann',
        1,
        'ann:one',
        SIMPLE_SUM,
        36,
        { m: '1', thename: 'n1', listlen: '3' },
      ],
    ]);
    expect((await read('1/1')).data).toEqual({ name: 'n1', num: 5, nums: [1, 2, 3] });
  });

  it('makes versions of an object by its name and by its id, also twice in one call', async () => {
    const id = idOf(await world.save('ann', simple({ name: 'versions' })));
    const saved = await world.save(
      'ann',
      simple({ name: 'versions' }),
      simple({ objid: id }),
      simple({ name: 'other' }),
      simple({ name: 'versions' }),
    );
    expect(saved.map((info) => [info[0], info[1], info[4]])).toEqual([
      [id, 'versions', 2],
      [id, 'versions', 3],
      [id + 1, 'other', 1],
      [id, 'versions', 4],
    ]);
    expect(await world.run('getObjectHistory', { wsid: 1, objid: id })).toHaveLength(4);
  });

  it('is no later than the last save of its workspace, also if its transaction was repeated', async () => {
    const conflict = new MongoServerError({ message: 'conflict', code: 112 });
    conflict.addErrorLabel('TransientTransactionError');
    const confirm = vi.spyOn(world.database, 'confirmCommit').mockImplementationOnce(async () => {
      // The next attempt is at a later instant.
      for (const at = Date.now(); Date.now() === at; );
      throw conflict;
    });
    const [[id]] = (await world.save('ann', simple({ name: 'repeated' }))) as [Saved];
    expect(confirm.mock.results.map(({ type }) => type)).toEqual(['return', 'return']);
    const { db } = world.database;
    const head = await db.collection<{ _id: string; savedAt: Date }>('heads').findOne({ _id: 'ws1' });
    const version = await db.collection('versions').findOne({ ws: 1, id });
    expect(head?.savedAt).toEqual(version?.savedAt);
  });

  it('restores a deleted object', async () => {
    await world.save('ann', simple({ name: 'gone' }));
    await world.call('ann', 'delete_objects', [{ ref: '1/gone' }]);
    await world.save('ann', simple({ name: 'gone' }));
    expect((await read('1/gone')).data).toBeDefined();
  });

  it('hides an object that says so, and shows it again with the next version', async () => {
    const shown = async () => ((await world.run('listObjects', { ids: [1] })) as string[][]).map((info) => info[1]);
    await world.save('ann', simple({ name: 'shy', hidden: 1 }));
    expect(await shown()).not.toContain('shy');
    await world.save('ann', simple({ name: 'shy' }));
    expect(await shown()).toContain('shy');
  });

  it('keeps numbers exactly as sent, in the data, its checksum and its size', async () => {
    const text = '{"b":9007199254740993, "a" : [1.0, 1e400, -0]}';
    const saved = await world.save('ann', {
      type: 'PeerTest.AnyType',
      name: 'numbers',
      data: `{"any":${text}}`,
    });
    const [id, size] = [idOf(saved), saved[0]?.[9]];
    expect(size).toBe('{"any":{"a":[1.0,1e400,-0],"b":9007199254740993}}'.length);
    const method = world.gate.method('Workspace.administer');
    expect(method).toBeDefined();
    const { result } = await world.administer('boss', {
      command: 'getObjects',
      params: { objects: [{ ref: `1/${id}` }] },
    });
    const chunks = (result as { chunks: (string | Uint8Array)[] }).chunks;
    expect(chunks.map((c) => (typeof c === 'string' ? c : Buffer.from(c).toString())).join('')).toContain(
      '{"any":{"a":[1.0,1e400,-0],"b":9007199254740993}}',
    );
  });

  it('stores the same data once', async () => {
    await world.save('ann', simple({ name: 'once' }), simple({ name: 'twice' }));
    const stored = await world.contents('contents');
    expect(stored.filter((c) => c._id === SIMPLE_SUM)).toHaveLength(1);
  });

  it("uses the caller's rights in the method", async () => {
    const [info] = (await world.call('ann', 'save_objects', saveParams([simple({ name: 'own' })]))) as unknown[][];
    expect(info?.slice(1, 6)).toEqual(['own', 'PeerTest.SimpleType-1.0', now, 1, 'ann']);
    expect((await world.fails('bea', 'save_objects', saveParams([simple({ name: 'own' })]))).message).toBe(
      'User bea may not write to workspace 1',
    );
  });

  it("changes the workspace's highest object id and last change", async () => {
    await world.run('createWorkspace', { workspace: 'ann:shown' }, 'ann');
    const info = async () => (await world.run('getWorkspaceInfo', { workspace: 'ann:shown' })) as unknown[];
    expect((await info())[4]).toBe(0);
    const [id] = await info();
    await world.database.db.collection('workspaces').updateOne({ number: id }, { $set: { modifiedAt: new Date(0) } });
    await world.run('saveObjects', saveParams([simple({ name: 'a' }), simple({ name: 'b' })], { id }), 'ann');
    const [, , , moddate, highest] = await info();
    expect([moddate, highest]).toEqual([now, 2]);
    expect(String(moddate)).not.toContain('1970');
  });
});

describe('a reference in data', () => {
  it('is rewritten to numbers before the data is stored', async () => {
    await world.save('ann', simple({ name: 'target' }));
    const saved = await world.save('ann', {
      type: 'PeerTest.RefType',
      name: 'refers',
      data: { refs: ['ann:one/target', '1/target/1', ' 1/1 '] },
    });
    const [id, sum, size] = [idOf(saved), saved[0]?.[8], saved[0]?.[9]];
    const target = (await world.run('getObjectInfo', { objects: [{ ref: '1/target' }] })) as { paths: string[][] };
    const [[numbers]] = target.paths as [[string]];
    const { data, refs } = await read(`1/${id}`);
    expect(data).toEqual({ refs: [numbers, numbers, '1/1/1'] });
    expect([...refs].sort()).toEqual(['1/1/1', numbers].sort());
    expect([sum, size]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), JSON.stringify(data).length]);
  });

  it('is also rewritten as a key, and refused if two keys become the same', async () => {
    const counts = { type: 'PeerTest.RefMapType', name: 'counts', data: { counts: { '1/target': 1, '1/1': 2 } } };
    await world.save('ann', counts);
    const keys = Object.keys(((await read('1/counts')).data as { counts: object }).counts);
    expect(keys).toEqual([...keys].sort());
    expect(keys).toContain('1/1/1');
    expect(await world.refusedSave('ann', { ...counts, data: { counts: { '1/1/1': 1, '1/obj1': 2 } } })).toMatch(
      /^Object #1, counts: Two references in a single hash are identical when resolved/,
    );
  });

  it('must lead to a readable, existing object of an allowed type', async () => {
    const refers = (...refs: string[]) => ({ type: 'PeerTest.RefType', name: 'r', data: { refs } });
    expect(await world.refusedSave('ann', refers('1/1', 'garbage'))).toBe(
      "Object #1, r has unparseable reference garbage: Illegal number of separators '/' in object reference 'garbage' at /refs/1",
    );
    expect(await world.refusedSave('ann', refers('1/nosuch'))).toBe(
      'Object #1, r has invalid reference: There is no object with id 1/nosuch: ' +
        'No object with name nosuch exists in workspace 1 (name ann:one) at /refs/0',
    );
    await world.run('createWorkspace', { workspace: 'bea:secret' }, 'bea');
    await world.run('saveObjects', saveParams([simple({ name: 's' })], { workspace: 'bea:secret' }), 'bea');
    expect(await world.refusedSave('ann', refers('bea:secret/s'))).toBe(
      'Object #1, r has invalid reference: No read access to id bea:secret/s: ' +
        'Object s cannot be accessed: User ann may not read workspace bea:secret at /refs/0',
    );
    const strict = { type: 'PeerTest.StrictRefType', name: 'r', data: { simple: '1/refers' } };
    expect(await world.refusedSave('ann', strict)).toBe(
      'Object #1, r has invalid reference: The type PeerTest.RefType-1.0 of reference 1/refers in this object is not ' +
        'allowed - allowed types are [PeerTest.SimpleType] at /simple',
    );
    await world.save('ann', { ...strict, data: { simple: '1/1' } });
  });

  it('may be a path, of which only the first object must be readable', async () => {
    await world.run('setPermissions', { id: 1, new_permission: 'r', users: ['cec'] });
    await world.run('createWorkspace', { workspace: 'cec:one' }, 'cec');
    await world.run('setPermissions', { workspace: 'bea:secret', new_permission: 'r', users: ['ann'] });
    await world.save('ann', { type: 'PeerTest.RefType', name: 'bridge', data: { refs: ['bea:secret/s'] } });
    const refers = (ref: string) =>
      world.run(
        'saveObjects',
        saveParams([{ type: 'PeerTest.RefType', name: 'c', data: { refs: [ref] } }], { workspace: 'cec:one' }),
        'cec',
      );
    await expect(refers('bea:secret/s')).rejects.toThrow('No read access');
    await refers('1/bridge; bea:secret/s');
    expect((await read('cec:one/c')).data).toEqual({ refs: [expect.stringMatching(/^\d+\/1\/1$/)] });
  });
});

describe('provenance', () => {
  it('is answered with times in both forms, its lists, and its resolved inputs', async () => {
    const action = {
      time: '2020-01-02T03:04:05+0000',
      service: 'svc',
      method_params: [{ a: { __proto__: 1 } }, [1.5, 'x']],
      input_ws_objects: ['ann:one/obj1'],
      external_data: [{ data_id: 'x', resource_release_epoch: 0 }],
      custom: { k: 'v' },
    };
    await world.save('ann', simple({ name: 'prov', provenance: [action, {}, { description: 'later' }] }));
    const { provenance } = await read('1/prov');
    expect(provenance).toHaveLength(2);
    expect(provenance[0]).toMatchObject({
      time: '2020-01-02T03:04:05+0000',
      epoch: Date.parse('2020-01-02T03:04:05Z'),
      service: 'svc',
      input_ws_objects: ['ann:one/obj1'],
      resolved_ws_objects: ['1/1/1'],
      intermediate_incoming: [],
      subactions: [],
      external_data: [{ data_id: 'x', resource_release_date: '1970-01-01T00:00:00+0000', resource_release_epoch: 0 }],
      custom: { k: 'v' },
    });
  });

  it('has no time if none was sent, and no blank texts', async () => {
    const actions = [
      { caller: ' me ', method: '  ', script: '', external_data: [{ data_url: ' HTTP://x/y ', data_id: ' ' }] },
      { method: ' ', input_ws_objects: [], custom: {} },
      { subactions: [{ name: 'n', code_url: 'ftp://x', commit: '' }], input_ws_objects: [' 1/1 '] },
    ];
    await world.save('ann', simple({ name: 'timeless', provenance: actions }));
    const lists = { method_params: [], intermediate_incoming: [], intermediate_outgoing: [], custom: {} };
    const none = { ...lists, external_data: [], subactions: [], input_ws_objects: [], resolved_ws_objects: [] };
    expect((await read('1/timeless')).provenance).toEqual([
      { ...none, caller: 'me', external_data: [{ data_url: 'http://x/y' }] },
      {
        ...none,
        subactions: [{ name: 'n', code_url: 'ftp://x' }],
        input_ws_objects: ['1/1'],
        resolved_ws_objects: ['1/1/1'],
      },
    ]);
  });

  it.each([
    [
      [{ time: '2020-01-02T03:04:05Z', epoch: 1 }],
      ': Provenance action #1: Cannot specify both time and epoch in provenance action',
    ],
    [
      [{}, { external_data: [{}] }],
      ': Provenance action #2: External data unit #1: At least one field in an external data unit must be provided',
    ],
    [
      [{ subactions: [{ ver: ' ', code_url: '' }] }],
      ': Provenance action #1: Sub action #1: At least one field in a provenance sub action must be provided',
    ],
    [[{ subactions: [{ name: 'x' }, null] }], ': Provenance action #1: Sub action #2: is null'],
    [
      [{ external_data: [{ data_id: '1' }, { data_url: 'nope' }] }],
      ": Provenance action #1: External data unit #2: Illegal data url 'nope': no protocol: nope",
    ],
    [
      [{ subactions: [{ endpoint_url: 'gopher://x' }] }],
      ": Provenance action #1: Sub action #1: Illegal endpoint url 'gopher://x': unknown protocol: gopher",
    ],
    [
      [{ external_data: [{ resource_url: 'http://x/a b' }] }],
      ": Provenance action #1: External data unit #1: Illegal resource url 'http://x/a b': Illegal character in path at index 10: http://x/a b",
    ],
    [
      [{ external_data: [{ resource_release_date: '2013-04-26T12:52:06Z', resource_release_epoch: 3 }] }],
      ': Provenance action #1: External data unit #1: Cannot specify both time and epoch in external data unit',
    ],
    [[{ foo: 1, bar: 2 }], ': Provenance action #1: Unexpected arguments in ProvenanceAction: foo bar'],
    [
      [{ external_data: [{ data_id: '1', foo: 1 }] }],
      ': Provenance action #1: External data unit #1: Unexpected arguments in ExternalDataUnit: foo',
    ],
    [
      [{ subactions: [{ name: 'x', foo: 1 }] }],
      ': Provenance action #1: Sub action #1: Unexpected arguments in SubAction: foo',
    ],
    [
      [{ intermediate_incoming: ['a', ' '] }],
      ': Provenance action #1: Null or whitespace only string in collection incoming args',
    ],
    [
      [{ intermediate_outgoing: [null] }],
      ': Provenance action #1: Null or whitespace only string in collection outgoing args',
    ],
    [
      [{ input_ws_objects: ['1/1', 'foo'] }],
      ": Provenance action #1: Invalid workspace object provenenance reference at position 2: Illegal number of separators '/' in object reference 'foo'",
    ],
    [
      [{ input_ws_objects: [''] }],
      ': Provenance action #1: Invalid workspace object provenenance reference at position 1: refpath cannot be null or the empty string',
    ],
    [
      [{ input_ws_objects: ['1/1;1/x/y'] }],
      ": Provenance action #1: Invalid workspace object provenenance reference at position 1: Reference path position 2: Unable to parse version portion of object reference '1/x/y' to an integer",
    ],
    [
      [{ input_ws_objects: ['1/nosuch'] }],
      ' has invalid provenance reference: There is no object with id 1/nosuch: No object with name nosuch exists in workspace 1 (name ann:one)',
    ],
    [[{ description: 'x'.repeat(1_000_001) }], expect.stringMatching(/ provenance size \d+ exceeds limit of 1000000$/)],
  ])('%j is refused', async (provenance, message) => {
    const refused = await world.refusedSave('ann', simple({ name: 'x', provenance }));
    expect(refused.replace(/^Object #1, x/, '')).toEqual(message);
  });
});

describe('an invalid save', () => {
  it.each([
    [[], 'No data provided'],
    [[null], 'Object #1: is null'],
    [[simple()], 'Object #1: Must provide one and only one of object name (was: null) or id (was: null)'],
    [
      [simple({ name: 'x', objid: 1 })],
      'Object #1: Must provide one and only one of object name (was: x) or id (was: 1)',
    ],
    [[simple({ name: 'bad name/' })], 'Object #1: Illegal character in object name bad name/:  '],
    [[simple({ name: '123' })], 'Object #1: Object names cannot be integers: 123'],
    [
      [simple({ name: 'x' }), simple({ name: 'y', foo: 1 })],
      'Object #2, y: Unexpected arguments in ObjectSaveData: foo',
    ],
    [[simple({ name: 'x', data: null })], 'Object #1, x: no data'],
    [[{ data: {}, name: 'x' }], 'Object #1, x: Typestring cannot be null or the empty string'],
    [[simple({ name: 'x', type: 'garbage' })], 'Object #1, x: Type garbage could not be split into a module and name'],
    [[simple({ name: 'x', type: '.B' })], 'Object #1, x: Module name cannot be null or the empty string'],
    [[simple({ name: 'x', type: 'A.' })], 'Object #1, x: Type A. could not be split into a module and name'],
    [[simple({ name: 'x', type: 'A.b c' })], 'Object #1, x: Illegal character in Type name b c:  '],
    [
      [simple({ name: 'x', type: 'PeerTest.Nope' })],
      'Object #1, x failed type checking: Unable to locate type: PeerTest.Nope',
    ],
    [[simple({ name: 'x', type: 'Nope.Nope' })], "Object #1, x failed type checking: Module doesn't exist: Nope"],
    [
      [simple({ name: 'x', data: { name: 'a', num: 1 } })],
      "Object #1, x failed type checking:\nObject doesn't have required fields : [nums], at ",
    ],
    [
      [simple({ name: 'x', data: { name: 'a', num: 'x', nums: [1, null, 2.5] } })],
      'Object #1, x failed type checking:\n' +
        'instance type (string) does not match any allowed primitive type (allowed: ["integer"]), at /num\n' +
        'instance type (float) does not match any allowed primitive type (allowed: ["integer"]), at /nums/2',
    ],
    [
      [simple({ name: 'x', data: [] })],
      'Object #1, x failed type checking:\ninstance type (array) does not match any allowed primitive type (allowed: ["object"]), at ',
    ],
    [[simple({ objid: 9999 })], 'There is no object with id 9999'],
    [
      [simple({ name: 'x', data: '{"name":"a","num":1,"nums":[],"name":"b"}' })],
      'Object #1, x: Two references in a single hash are identical when resolved, resulting in a loss of data: ' +
        "Duplicated key 'name' was found at /",
    ],
    [
      [simple({ name: 'x', meta: { k: 'v'.repeat(900) } })],
      'Object #1, x: Total size of metadata key + value exceeds maximum of 900B for key k',
    ],
    [
      [simple({ name: 'x', data: { name: 'n'.repeat(900), num: 1, nums: [] } })],
      'Object #1, x: Total size of metadata key + value exceeds maximum of 900B for key thename',
    ],
  ])('is refused: %j', async (objects, message) => {
    const before = await world.contents('heads');
    expect(await world.refusedSave('ann', ...(objects as Record<string, unknown>[]))).toBe(message);
    expect(await world.contents('heads')).toEqual(before);
  });

  it('is refused for the workspace before the objects, and for the rights before the data', async () => {
    const wrong = simple({ name: 'x', type: 'PeerTest.Nope' });
    expect(await world.refusedSave('dan', null)).toBe('Object #1: is null');
    expect(await world.refusedSave('dan', wrong)).toBe('User dan may not write to workspace 1');
    expect(await world.message('saveObjects', saveParams([null], {}), 'ann')).toBe(
      'Must provide one and only one of workspace name (was: null) or id (was: null)',
    );
    expect(await world.message('saveObjects', saveParams([wrong], { id: 99999 }), 'ann')).toBe(
      'No workspace with id 99999 exists',
    );
    expect(await world.message('saveObjects', { id: 1, foo: 1 }, 'ann')).toBe(
      'Unexpected arguments in SaveObjectsParams: foo',
    );
    await world.run('createWorkspace', { workspace: 'ann:locked' }, 'ann');
    await world.run('lockWorkspace', { workspace: 'ann:locked' });
    expect(await world.message('saveObjects', saveParams([wrong], { workspace: 'ann:locked' }), 'ann')).toMatch(
      / is locked and may not be modified$/,
    );
  });

  it('saves nothing of a call with one invalid object', async () => {
    await world.refusedSave('ann', simple({ name: 'half' }), simple({ objid: 9999 }));
    await expect(read('1/half')).rejects.toThrow('No object with name half exists');
  });
});

describe('a dry run of a save', () => {
  it('shows what would change, stores nothing, and has the plan for the save', async () => {
    const [contents, heads] = [await world.contents('contents'), await world.contents('heads')];
    const params = saveParams([
      { type: 'PeerTest.AnyType', name: 'planned', data: { any: { fresh: 'data' } } },
      { type: 'PeerTest.AnyType', name: 'planned2', data: { any: {} } },
      simple({ name: 'obj1' }),
    ]);
    const command = { command: 'saveObjects', user: 'ann', params };
    const { result } = await world.administer('boss', { ...command, dryRun: true });
    const { plan, changes } = result as { plan: string; changes: { id: string; collection: string }[] };
    expect(changes.map((c) => `${c.collection} ${c.id}`)).toEqual([
      'objects <id>',
      'objects <id>',
      'objects ws1/1',
      'versions <id>',
      'versions <id>',
      expect.stringMatching(/^versions ws1\/1\/\d+$/),
    ]);
    expect([await world.contents('contents'), await world.contents('heads')]).toEqual([contents, heads]);
    const { result: saved } = await world.administer('boss', { ...command, plan });
    expect(saved).toHaveLength(3);
    await expect(world.administer('boss', { ...command, plan })).rejects.toThrow('plan is stale');
  });
});

describe('the record of a save', () => {
  it('has the size and digest of the data, and nothing else of it', async () => {
    const secret = 'what nobody else may read';
    await world.save('ann', {
      type: 'PeerTest.AnyType',
      name: 'private',
      data: { any: { secret } },
      provenance: [{ description: 'd'.repeat(50_000) }],
    });
    const record = (await world.records()).at(-1);
    expect(record).toMatchObject({ command: 'saveObjects', outcome: 'success', authority: 'user' });
    const text = JSON.stringify(record);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('ddddd'.repeat(100));
    expect(text).toContain('"provenance":"<hmac:');
    expect(record?.params ?? record?.paramsDigest).toBeDefined();
  });

  it('has the same answer for a repeated call with the same key, but not for another call', async () => {
    const call = (text: string) => ({
      command: 'saveObjects',
      user: 'ann',
      idempotencyKey: 'save-once',
      params: { id: 1, objects: [{ type: 'PeerTest.AnyType', name: 'keyed', data: raw(text) }] },
    });
    const first = await world.administer('boss', call('{"any":{"a":1}}'));
    expect((await world.administer('boss', call('{"any":{"a":1}}'))).result).toEqual(first.result);
    await expect(world.administer('boss', call('{"any":{"a":1.0}}'))).rejects.toThrow('already used for another call');
  });
});

describe('many saves at once', () => {
  it('into one workspace all succeed with unique ids, and the same name becomes one object', async () => {
    const before = ((await world.contents('heads')).find((h) => h._id === 'ws1') as { lastObject: number }).lastObject;
    const infos = (
      await Promise.all(
        Array.from({ length: 40 }, (_, i) => world.save('ann', simple({ name: i % 4 === 0 ? 'shared' : `many${i}` }))),
      )
    ).flat();
    const alone = infos.filter((info) => info[1] !== 'shared');
    expect(new Set(alone.map((info) => info[0])).size).toBe(30);
    expect(Math.min(...alone.map((info) => info[0]))).toBeGreaterThan(before);
    const shared = infos.filter((info) => info[1] === 'shared');
    expect(new Set(shared.map((info) => info[0])).size).toBe(1);
    expect(shared.map((info) => info[4]).sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
  });
});

describe('the lane of a save', () => {
  const laneOf = (...names: (string | undefined)[]) =>
    laneOfSave({
      workspace: { id: 1 },
      objects: names.map((name) => ({ draft: name === undefined ? {} : { name } })),
    } as unknown as PreparedSave);

  it('is that of its first object while another save of that is on its way', () => {
    expect(laneOf('a')).toEqual({ lane: 'objects', document: 'object [{"id":1},"a"]' });
    expect(laneOf('a', 'b')).toEqual(laneOf('a', 'c'));
    expect(laneOf('b')).not.toEqual(laneOf('a'));
  });

  it('is that of all saves without a name, and none for many objects', () => {
    expect(laneOf(undefined)).toBe('objects');
    expect(laneOf(...Array(21).fill('a'))).toBeUndefined();
  });
});

describe('an id', () => {
  const refused = (type: string, data: object) =>
    world.refusedSave('ann', { type: `PeerTest.${type}`, name: 'ids', data });

  it.each([
    [
      'handle',
      'KBH_1',
      'Found handle id KBH_1. The workspace service currently does not have a connection to the handle service and so cannot process objects containing handle IDs.',
    ],
    [
      'sample',
      'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
      'Found sample id aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa. The workspace service currently does not have a connection to the sample service and so cannot process objects containing sample IDs.',
    ],
    [
      'bytestream',
      'x',
      'Found bytestream id x. There is no connection configured for bytestream IDs and so objects containing bytestream IDs cannot be processed.',
    ],
  ])('of a service without a connection is refused: %s', async (kind, id, why) => {
    const begin = 'Object #1, ids failed type checking:\n';
    expect(await refused('IdsType', { [kind]: id })).toBe(
      `${begin}Invalid id ${id} of type ${kind}: ${why} at /${kind}`,
    );
    expect(await refused('IdsType', { [kind]: ' ' })).toBe(
      `${begin}Unparseable id   of type ${kind}: IDs may not be null or the empty string at /${kind}`,
    );
  });

  it('in a list is refused at each position', async () => {
    const message = await refused('HandleType', { handles: ['KBH_1', '', 'KBH_1'] });
    expect(message.split('\n').map((line) => line.split(' ').at(-1))).toEqual([
      ...['checking:', '/handles/0', '/handles/1', '/handles/2'],
    ]);
  });

  it('of a reference that is blank is refused', async () => {
    expect(await refused('RefType', { refs: ['1/1', ''] })).toBe(
      'Object #1, ids failed type checking:\nUnparseable id  of type ws: IDs may not be null or the empty string at /refs/1',
    );
  });

  it('of another type is ignored', async () => {
    await world.save('ann', { type: 'PeerTest.IdsType', name: 'plain', data: { external: 'NC_1', kb: '' } });
    expect((await read('1/plain')).extracted_ids).toEqual({});
    expect(raw('{}')).toBeInstanceOf(RawJson);
  });
});
