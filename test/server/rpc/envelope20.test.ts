import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/base/errors.ts';
import { type OpenDoor, openDoor, RECEIPT } from './fakeDoor.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
beforeEach(() => {
  open.door.calls.length = 0;
  open.door.refusedNotifications.length = 0;
});
afterAll(() => open[Symbol.asyncDispose]());

const ver = { jsonrpc: '2.0', method: 'Workspace.ver', id: 1 };
const administer = { jsonrpc: '2.0', method: 'Workspace.administer', params: [{ command: 'listAdmins' }], id: 1 };
const many = (count: number, request: object) => Array.from({ length: count }, (_, i) => ({ ...request, id: i }));

async function asked(request: unknown, headers?: Record<string, string>) {
  const reply = await open.post(request, headers);
  expect(reply.headers['access-control-allow-origin']).toBe('*');
  if (reply.status === 200) expect(reply.headers['content-type']).toBe('application/json');
  return { status: reply.status, body: reply.body, json: reply.body === '' ? undefined : JSON.parse(reply.body) };
}

describe('a call in JSON-RPC 2.0', () => {
  it('is answered with exactly these bytes, with the receipt after the result', async () => {
    expect((await asked(ver)).body).toBe('{"jsonrpc":"2.0","result":"1.2.3","id":1}');
    expect((await asked({ ...administer, id: 'x' })).body).toBe(
      '{"jsonrpc":"2.0","result":null,"receipt":{"record":"65f0-0","hash":"c0ffee"},"id":"x"}',
    );
    expect((await asked({ ...administer, method: 'set_permissions' })).body).toBe(
      '{"jsonrpc":"2.0","result":null,"id":1}',
    );
  });

  it('takes params as a list, as one object, or not at all', async () => {
    const command = { command: 'listAdmins' };
    await asked({ ...administer, params: [command] });
    await asked({ ...administer, params: command });
    expect(open.door.calls.map((c) => c.params)).toEqual([[command], [command]]);
    for (const params of [[], undefined, null]) expect((await asked({ ...ver, params })).json.result).toBe('1.2.3');
    expect((await asked({ ...ver, params: {} })).json.error).toMatchObject({ code: -32602 });
    for (const params of ['x', 0, true]) {
      expect((await asked({ ...ver, params })).json).toMatchObject({ error: { code: -32600 }, id: 1 });
    }
  });

  it('is answered with its id', async () => {
    for (const id of [0, -1, 1.5, 2 ** 53 - 1, '', 'ü', null]) {
      expect((await asked({ ...ver, id })).json).toEqual({ jsonrpc: '2.0', result: '1.2.3', id });
      expect((await asked({ ...ver, id, method: 'nope' })).json).toMatchObject({ error: { code: -32601 }, id });
    }
  });

  it.each(['9007199254740993', '-18446744073709551616', '0.1234567890123456789', '1.0', '1e400', '-0', '1E5'])(
    'is answered with the id %s in its own digits, alone and in a batch, with a result and an error',
    async (id) => {
      const request = `{"jsonrpc":"2.0","method":"ver","id":${id}}`;
      const good = `{"jsonrpc":"2.0","result":"1.2.3","id":${id}}`;
      expect((await asked(request)).body).toBe(good);
      expect((await asked(`[${request}, ${request}]`)).body).toBe(`[${good},${good}]`);
      for (const wrong of ['{"jsonrpc":"2.0","method":"nope"', '{"jsonrpc":"1.9","method":"ver"']) {
        expect((await asked(`${wrong},"id":${id}}`)).body).toMatch(new RegExp(`,"id":${id.replace('.', '\\.')}\\}$`));
      }
    },
  );

  it('is refused if its id is not a text, a number or null', async () => {
    for (const id of ['[1]', '[9007199254740993]', '{"a":1}', 'true']) {
      const { json } = await asked(`{"jsonrpc":"2.0","method":"ver","id":${id}}`);
      expect(json, id).toMatchObject({ error: { code: -32600 }, id: null });
    }
    expect(open.door.calls).toEqual([]);
  });

  it('has its receipt in a header, and on request only there', async () => {
    const header = `${RECEIPT.record} ${RECEIPT.hash}`;
    const both = await open.post(administer);
    expect(both.headers['steward-receipt']).toBe(header);
    expect(JSON.parse(both.body).receipt).toEqual(RECEIPT);
    const strict = await open.post(administer, { authorization: 'ann', 'steward-receipt': 'header' });
    expect(strict.headers['steward-receipt']).toBe(header);
    expect(strict.body).toBe('{"jsonrpc":"2.0","result":null,"id":1}');
    expect((await open.post(ver)).headers).not.toHaveProperty('steward-receipt');
  });

  it.each([
    ['another version', { ...ver, jsonrpc: '1.0' }, -32600, 'invalid_request'],
    ['a version that is a number', { ...ver, jsonrpc: 2 }, -32600, 'invalid_request'],
    ['an unknown key', { ...ver, foo: 1 }, -32600, 'invalid_request'],
    ['no method', { jsonrpc: '2.0', id: 1 }, -32601, 'method_missing'],
    ['a method that is a number', { ...ver, method: 5 }, -32600, 'invalid_request'],
    ['a method that is an object', { ...ver, method: { toString: 'ver' } }, -32600, 'invalid_request'],
    ['a method without a name', { ...ver, method: '' }, -32400, 'method_malformed'],
    ['an unknown method', { ...ver, method: 'nope' }, -32601, 'method_unknown'],
    ['a wrong count', { ...ver, params: [1] }, -32602, 'params_count'],
    ['a refusal', { ...administer, params: { command: 'refused' } }, -32500, 'not_admin'],
  ] as const)('reports %s with a reason, the request id and advice', async (_, request, code, reason) => {
    const { status, json } = await asked(request);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['jsonrpc', 'error', 'id']);
    expect(Object.keys(json.error)).toEqual(['code', 'message', 'data']);
    expect(json).toMatchObject({ error: { code, data: { reason, advice: catalogue[reason].advice } }, id: 1 });
    const call = open.entries.findLast((e) => e.message === 'call');
    expect(json.error.data.requestId).toBe(call?.requestId);
  });
});

describe('a text that cannot be parsed', () => {
  it.each([
    ['is cut off', '{"jsonrpc":"2.0","method":"ver","id":1'],
    ['has a key twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"ver"}'],
    ['has half a character', '{"jsonrpc":"2.0","method":"\\ud800","id":1}'],
    ['names jsonrpc last', '{"method":"ver","method":"ver","params":[{"version":[{}]}],"id":1,"jsonrpc":"2.0"}'],
    ['names it after blanks', '{ "id" : 1 , "method" : ver , "jsonrpc" :\t"2.0" }'],
    ['lacks a bracket before it', '{"params":[{"a":1},"jsonrpc":"2.0","method":"ver","id":1}'],
    ['lacks a brace before it', '{"params":{"a":[1],"jsonrpc":"2.0","method":"ver","id":1}'],
    ['is nested too deeply', `{"params":${'['.repeat(40)}${']'.repeat(40)},"jsonrpc":"2.0","method":"ver","id":1}`],
    ['names it behind much else', `{"params":["${'x'.repeat(20_000)}",],"jsonrpc":"2.0","method":"ver","id":1}`],
    ['is half of a batch', '[{"method":"ver"'],
    ['is a batch of nonsense', ' \n[nonsense]'],
    ['is a list with a comma too many', '[1,]'],
    ['is a batch with a key twice', '[{"method":"ver","method":"ver"}]'],
  ])('and %s is refused in JSON-RPC 2.0', async (_, text) => {
    const { status, json } = await asked(text);
    expect(status).toBe(200);
    expect(json).toMatchObject({ jsonrpc: '2.0', error: { code: -32700, data: { reason: 'parse_error' } }, id: null });
  });

  it.each([
    ['names neither', '{"method":"ver","params":[]'],
    ['names jsonrpc in a parameter', '{"version":"1.1","method":"ver","method":"a","params":[{"jsonrpc":"2.0"}]}'],
    ['is cut off in such a parameter', '{"version":"1.1","method":"ver","params":[{"jsonrpc":"2.0"'],
    ['says it in a text', '{"method":"ver","params":["{\\"jsonrpc\\":\\"2.0\\"}"],}'],
    ['has it as a text', '{"method":"jsonrpc","params":[],}'],
    ['is no object', '"jsonrpc":'],
  ])('and %s is refused in JSON-RPC 1.1', async (_, text) => {
    const { status, json } = await asked(text);
    expect([status, json.version, json.error.code]).toEqual([500, '1.1', -32700]);
  });
});

describe('a notification', () => {
  it('of an ordinary method runs and is not answered, whether it succeeds or fails', async () => {
    const { id: _, ...notification } = ver;
    expect(await asked(notification)).toMatchObject({ status: 204, body: '' });
    expect(open.door.calls.map((c) => c.method)).toEqual(['Workspace.ver']);
    expect(await asked({ ...notification, method: 'nope' })).toMatchObject({ status: 204, body: '' });
    expect(await asked({ ...notification, method: 'throws' })).toMatchObject({ status: 204, body: '' });
    expect((await open.post(notification)).headers).not.toHaveProperty('content-type');
  });

  it.each(['administer', 'Workspace.administer'])('of %s is refused, recorded and answered', async (method) => {
    const { status, json } = await asked({ jsonrpc: '2.0', method, params: [{ command: 'addAdmin', user: 'x' }] });
    expect(status).toBe(200);
    expect(json).toMatchObject({ error: { code: -32600, data: { reason: 'invalid_request' } }, id: null });
    expect(open.door.calls).toEqual([]);
    expect(open.door.refusedNotifications).toEqual([{ caller: 'ann', requestId: json.error.data.requestId }]);
  });

  it('of administer with an invalid token is neither run nor recorded', async () => {
    const { id: _, ...notification } = administer;
    await asked(notification, { authorization: 'bad' });
    expect([open.door.calls, open.door.refusedNotifications]).toEqual([[], []]);
  });

  it('is a call without an id: null is an id', async () => {
    expect((await asked({ ...administer, id: null })).json).toEqual({
      jsonrpc: '2.0',
      result: null,
      receipt: RECEIPT,
      id: null,
    });
    expect(open.door.calls).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('runs in order, one after the other', async () => {
    const pending = asked([
      { ...ver, method: 'slow', id: 'a' },
      { ...ver, id: 'b' },
      { ...administer, id: 'c' },
    ]);
    await expect.poll(() => open.door.waiting).toBe(1);
    expect(open.door.calls.map((c) => c.method)).toEqual(['Workspace.slow']);
    open.door.release();
    expect((await pending).json.map((r: { id: string }) => r.id)).toEqual(['a', 'b', 'c']);
    expect(new Set(open.door.calls.map((c) => c.origin.requestId)).size).toBe(3);
  });

  it('may have 50 calls; of 51 none runs', async () => {
    expect((await asked(many(50, ver))).json).toHaveLength(50);
    expect(open.door.calls).toHaveLength(50);
    expect((await asked(many(51, ver))).json).toMatchObject({ error: { code: -32600 }, id: null });
    expect(open.door.calls).toHaveLength(50);
  });

  it('may have five calls of administer, by any name; of six none runs', async () => {
    expect((await asked([...many(5, administer), ...many(45, ver)])).json).toHaveLength(50);
    expect(open.door.calls).toHaveLength(50);
    const { id: _, ...notification } = administer;
    for (const sixth of [administer, { ...administer, method: 'administer' }, notification, { method: 'administer' }]) {
      const { json } = await asked([ver, ...many(5, administer), sixth]);
      expect(json).toMatchObject({ error: { code: -32600, data: { reason: 'invalid_request' } }, id: null });
    }
    expect(open.door.calls).toHaveLength(50);
    expect(open.door.refusedNotifications).toEqual([]);
  });

  it.each([
    ['empty', '[]'],
    ['of another batch', '[[]]'],
    ['of a batch in a batch', `[[[${JSON.stringify(ver)}]]]`],
  ])('that is %s is answered at once', async (_, body) => {
    const { status, json } = await asked(body);
    expect(status).toBe(200);
    expect(Array.isArray(json) ? json : [json]).toMatchObject([{ error: { code: -32600 }, id: null }]);
    expect(open.door.calls).toEqual([]);
  });

  it('answers each item separately, and notifications not at all', async () => {
    const { id: _, ...notification } = ver;
    const { id: __, ...unseen } = administer;
    const before = open.entries.length;
    const { json } = await asked([
      ver,
      1,
      null,
      [ver],
      'x',
      notification,
      { version: '1.1', method: 'ver', params: [], id: 9 },
      { ...ver, method: { toString: 1, valueOf: 1 }, id: 'odd' },
      unseen,
      { ...ver, id: 2 },
    ]);
    expect(json.map((r: { id: unknown; error?: { code: number } }) => [r.id, r.error?.code])).toEqual([
      [1, undefined],
      [null, -32600],
      [null, -32600],
      [null, -32600],
      [null, -32600],
      [9, -32600],
      ['odd', -32600],
      [null, -32600],
      [2, undefined],
    ]);
    expect(open.door.refusedNotifications).toHaveLength(1);
    expect(open.entries.slice(before).filter((e) => e.level === 'error')).toEqual([]);
  });

  it('has a header with all receipts, each with the index of its request', async () => {
    const batch = [ver, { ...administer, id: 2 }, { ...ver, id: 3 }, { ...administer, id: 4 }];
    const reply = await open.post(batch, { authorization: 'ann', 'steward-receipt': 'header' });
    const receipt = `${RECEIPT.record} ${RECEIPT.hash}`;
    expect(reply.headers['steward-receipt']).toBe(`${receipt}; request=1, ${receipt}; request=3`);
    for (const answer of JSON.parse(reply.body)) expect(Object.keys(answer)).toEqual(['jsonrpc', 'result', 'id']);
    expect(JSON.parse((await open.post(batch)).body)[3].receipt).toEqual(RECEIPT);
  });

  it('of notifications only is not answered', async () => {
    const { id: _, ...notification } = ver;
    expect(await asked([notification, notification])).toMatchObject({ status: 204, body: '' });
    expect(open.door.calls).toHaveLength(2);
  });

  it('counts every invalid token in it', async () => {
    const before = open.entries.length;
    await asked(many(5, administer), { authorization: 'bad' });
    const outcomes = open.entries.slice(before).map((e) => e.outcome);
    expect(outcomes).toEqual(Array(5).fill('token_invalid'));
  });
});
