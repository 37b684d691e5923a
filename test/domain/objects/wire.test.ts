import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/server/rpc/metrics.ts';
import { createRpcServer, type RpcServer } from '../../../src/server/rpc/server.ts';
import { wideBodies, wideDeadlines, wideLimits } from '../../server/rpc/bounds.ts';
import { originOf } from '../../support/house.ts';
import { LONG } from '../../support/long.ts';
import { openSavingWorld, type SavingWorld } from './savingWorld.ts';

/** Tests over HTTP, as clients send and see it. */
let world: SavingWorld;
let server: RpcServer;
let url = '';

beforeAll(async () => {
  world = await openSavingWorld();
  server = createRpcServer({
    door: world.gate,
    log: createLogger({ level: 'error' }),
    metrics: createMetrics(),
    knownCommand: () => false,
    limits: wideLimits(),
    deadlines: wideDeadlines,
    bodies: { ...wideBodies, maxBodyBytes: 200_000_000 },
    maxHeldAnswerBytes: 256_000_000,
    proxies: { trusted: [] },
    ready: async () => true,
  });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${port}/`;
});
afterAll(async () => {
  await server.stop(1_000);
  await world[Symbol.asyncDispose]();
});

async function post(user: string, body: string): Promise<{ status: number; length: string | null; text: string }> {
  const headers = { authorization: originOf(user).authorization ?? '' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, length: response.headers.get('content-length'), text: await response.text() };
}

const object = (name: string, data: string) => `{"type":"PeerTest.AnyType","name":"${name}","data":${data}}`;
const saving: [string, string, (name: string, data: string) => string][] = [
  ['save_objects', 'ann', (n, d) => `{"method":"save_objects","params":[{"id":1,"objects":[${object(n, d)}]}]}`],
  [
    'save_objects in JSON-RPC 2.0',
    'ann',
    (n, d) =>
      `{"jsonrpc":"2.0","id":1,"params":{"id":1,"objects":[${object(n, d)}]},"method":"Workspace.save_objects"}`,
  ],
  [
    'save_object',
    'ann',
    (n, d) =>
      `{"params":[{"workspace":"ann:one","id":"${n}","type":"PeerTest.AnyType","data":${d}}],"method":"Workspace.save_object"}`,
  ],
  [
    'saveObjects',
    'boss',
    (n, d) =>
      `{"params":[{"params":{"id":1,"objects":[${object(n, d)}]},"user":"ann","command":"saveObjects"}],"method":"administer"}`,
  ],
];

describe.each(saving)('data that %s saves', (_, user, request) => {
  it('comes back with every number as it was sent', async () => {
    const name = `sent${Math.random().toString(36).slice(2)}`;
    const data = '{ "any" : {"z":[9007199254740993, 1.0,1e400,-0.0 ,123456789012345678901234567890],"a":"\\u00e9"} }';
    const saved = await post(user, request(name, data));
    expect(saved.text).toContain(name);
    expect(saved.status).toBe(200);
    const canonical = '{"any":{"a":"é","z":[9007199254740993,1.0,1e400,-0.0,123456789012345678901234567890]}}';
    const { text, length } = await post(
      'ann',
      `{"method":"get_objects2","params":[{"objects":[{"ref":"1/${name}"}]}]}`,
    );
    expect(text).toContain(`"data":${canonical}`);
    expect(Number(length)).toBe(Buffer.byteLength(text));
  });
});

describe('a token among the parameters of save_object', () => {
  const save = (auth: string) =>
    post(
      'ann',
      `{"params":[{"workspace":"ann:one","id":"by_token","auth":${JSON.stringify(auth)},"type":"PeerTest.AnyType","data":{}}],"method":"Workspace.save_object"}`,
    );

  it('makes its bearer the caller, also in the record', async () => {
    const bea = originOf('bea').authorization ?? '';
    expect((await save(bea)).text).toContain('User bea may not write to workspace ann:one');
    await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'] });
    const saved = await save(bea);
    expect(saved.status, saved.text).toBe(200);
    expect(JSON.parse(saved.text).result[0].slice(5, 8)).toEqual(['bea', 'bea', 'ann:one']);
    const records = await world.contents('audit');
    expect(JSON.stringify(records)).not.toContain(bea);
    expect((await save('nonsense')).status).toBe(500);
    await world.run('setPermissions', { id: 1, new_permission: 'n', users: ['bea'] });
  });
});

describe('a hostile object', () => {
  const save = (data: string) =>
    post('ann', `{"method":"save_objects","params":[{"id":1,"objects":[${object('hostile', data)}]}]}`);
  const any = (data: string) => `{"any":{"x":${data}}}`;

  it.each([
    ['deeper than a thousand', any('['.repeat(1_000) + ']'.repeat(1_000)), 'nesting deeper than 1000'],
    ['a hundred thousand deep', any('['.repeat(100_000)), 'nesting deeper than 1000'],
    ['with a key twice', any('{"a":1,"a":2}'), "Duplicated key 'a' was found at /any/x"],
    ['with half a character', any('"\\ud800"'), 'half a character'],
    ['with half a character as a key', any('{"\\udfff":1}'), 'half a character'],
    ['that ends too early', any('{"a":1'), 'Parse error'],
    ['that is no object', '[1]', 'instance type (array) does not match'],
    ['that is a number', '1e400', 'instance type (float) does not match'],
    ['that is null', 'null', 'Object #1, hostile: no data'],
  ])('%s is refused', async (_, data, message) => {
    const { status, text } = await save(data);
    expect(status).toBe(500);
    expect(JSON.parse(text).error.message).toContain(message);
  });

  it.each([
    [
      'with keys that reach a prototype',
      any('{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"hasOwnProperty":1}'),
    ],
    ['with a number of a megabyte', any('1'.repeat(1_000_000))],
    ['with a text of two megabytes of escapes', any(JSON.stringify('\u0001é😀'.repeat(150_000)))],
    ['with 900 levels', any(`${'{"a":'.repeat(900)}1${'}'.repeat(900)}`)],
    ['with keys of other names', any('{"$set":1,"a.b":2,"":3,"\\u0000":4,"_bsontype":"ObjectId"}')],
    ['with very many lists', any(`[${'[],'.repeat(LONG ? 2_100_000 : 100_000)}0]`)],
  ])('%s is stored as it is', async (_, data) => {
    expect((await save(data)).status).toBe(200);
    const { text } = await post('ann', '{"method":"get_objects2","params":[{"objects":[{"ref":"1/hostile"}]}]}');
    const [{ data: kept }] = JSON.parse(text).result[0].data;
    expect(kept).toEqual(JSON.parse(data));
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('with very many unsorted keys is sorted, and other calls are answered meanwhile', async () => {
    const keys = Array.from({ length: LONG ? 1_000_000 : 50_000 }, (_, i) => `"k${(i * 7_919) % 1_000_003}":${i}`);
    const saved = save(any(`{${keys.join()}}`));
    let answered = 0;
    let done = false;
    void saved.finally(() => {
      done = true;
    });
    while (!done) {
      expect((await post('ann', '{"method":"ver","params":[]}')).status).toBe(200);
      answered += 1;
    }
    expect((await saved).status).toBe(200);
    expect(answered).toBeGreaterThan(LONG ? 10 : 1);
  });
});

it('a key `data` elsewhere is like any other JSON', async () => {
  const { text } = await post('ann', '{"method":"get_workspace_info","params":[{"id":1,"data":{"a":1}}]}');
  expect(JSON.parse(text).error.message).toBe('Unexpected arguments in WorkspaceIdentity: data');
});
