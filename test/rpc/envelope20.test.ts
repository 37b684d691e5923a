import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/errors.ts';
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
  it('is answered with exactly these bytes, the receipt beside the result', async () => {
    expect((await asked(ver)).body).toBe('{"jsonrpc":"2.0","result":"1.2.3","id":1}');
    expect((await asked({ ...administer, id: 'x' })).body).toBe(
      '{"jsonrpc":"2.0","result":null,"receipt":{"record":"65f0-0","hash":"c0ffee"},"id":"x"}',
    );
    expect((await asked({ ...administer, method: 'set_permissions' })).body).toBe(
      '{"jsonrpc":"2.0","result":null,"id":1}',
    );
  });

  it('takes params as a list, as the one object, or not at all', async () => {
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

  it('is answered under the id it came with', async () => {
    for (const id of [0, -1, 1.5, 2 ** 53 - 1, '', 'ü', null]) {
      expect((await asked({ ...ver, id })).json).toEqual({ jsonrpc: '2.0', result: '1.2.3', id });
      expect((await asked({ ...ver, id, method: 'nope' })).json).toMatchObject({ error: { code: -32601 }, id });
    }
  });

  it('is refused under an id that could not be given back as it came', async () => {
    for (const id of ['9007199254740993', '1e400', '-1e400', '[1]', '{"a":1}', 'true']) {
      const { json } = await asked(`{"jsonrpc":"2.0","method":"ver","id":${id}}`);
      expect(json, id).toMatchObject({ error: { code: -32600 }, id: null });
    }
    expect(open.door.calls).toEqual([]);
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
  ] as const)('tells of %s with a reason, the request and an advice', async (_, request, code, reason) => {
    const { status, json } = await asked(request);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['jsonrpc', 'error', 'id']);
    expect(Object.keys(json.error)).toEqual(['code', 'message', 'data']);
    expect(json).toMatchObject({ error: { code, data: { reason, advice: catalogue[reason].advice } }, id: 1 });
    const call = open.entries.findLast((e) => e.message === 'call');
    expect(json.error.data.requestId).toBe(call?.requestId);
  });
});

describe('a notification', () => {
  it('of a harmless method runs and is not answered, well or ill', async () => {
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

  it('of administer with a bad token is neither run nor recorded', async () => {
    const { id: _, ...notification } = administer;
    await asked(notification, { authorization: 'bad' });
    expect([open.door.calls, open.door.refusedNotifications]).toEqual([[], []]);
  });

  it('is what lacks an id: an id of null is one', async () => {
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

  it('may hold 50; of 51 none has run', async () => {
    expect((await asked(many(50, ver))).json).toHaveLength(50);
    expect(open.door.calls).toHaveLength(50);
    expect((await asked(many(51, ver))).json).toMatchObject({ error: { code: -32600 }, id: null });
    expect(open.door.calls).toHaveLength(50);
  });

  it('may hold five administers; of six nothing has run, by whichever name', async () => {
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
  ])('that is %s is answered, not waited for', async (_, body) => {
    const { status, json } = await asked(body);
    expect(status).toBe(200);
    expect(Array.isArray(json) ? json : [json]).toMatchObject([{ error: { code: -32600 }, id: null }]);
    expect(open.door.calls).toEqual([]);
  });

  it('answers each item for itself, and notifications not at all', async () => {
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

  it('of notifications alone is not answered', async () => {
    const { id: _, ...notification } = ver;
    expect(await asked([notification, notification])).toMatchObject({ status: 204, body: '' });
    expect(open.door.calls).toHaveLength(2);
  });

  it('counts every bad token in it', async () => {
    const before = open.entries.length;
    await asked(many(5, administer), { authorization: 'bad' });
    const outcomes = open.entries.slice(before).map((e) => e.outcome);
    expect(outcomes).toEqual(Array(5).fill('token_invalid'));
  });
});
