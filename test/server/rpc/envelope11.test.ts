import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenDoor, openDoor } from './fakeDoor.ts';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open[Symbol.asyncDispose]());

const ver = { version: '1.1', method: 'Workspace.ver', params: [], id: '7' };

/** The exact body of an error, with the order of its keys. */
function errorText(code: number, message: string, reason: string, id?: string): string {
  const error = `{"name":"JSONRPCError","code":${code},"message":${JSON.stringify(message)},"data":"${reason}","error":null}`;
  return `{"version":"1.1","error":${error}${id === undefined ? '' : `,"id":${JSON.stringify(id)}`}}`;
}

/** Imitates the constructor of server errors in KBase's Python client, with its keyword arguments. */
function pythonServerError(error: Record<string, unknown>): void {
  for (const required of ['name', 'code', 'message']) expect(error).toHaveProperty(required);
  for (const key of Object.keys(error)) expect(['name', 'code', 'message', 'data', 'error']).toContain(key);
}

/** KBase's Java client reads the error as a map of strings. */
function javaErrorMap(error: Record<string, unknown>): void {
  expect(Number.isInteger(error.code)).toBe(true);
  for (const value of Object.values(error)) expect(value === null || typeof value !== 'object').toBe(true);
}

describe('an answer in JSON-RPC 1.1', () => {
  it.each([
    ['a value, in a list of one, without an id', ver, '{"version":"1.1","result":["1.2.3"]}'],
    [
      'a command that returns nothing, with its receipt',
      { method: 'Workspace.administer', params: [{}] },
      '{"version":"1.1","result":[null],"receipt":{"record":"65f0-0","hash":"c0ffee"}}',
    ],
    [
      'a command that returns a list',
      { method: 'administer', params: [{ result: ['a', null, 'ü'] }], id: 3 },
      '{"version":"1.1","result":[["a",null,"ü"]],"receipt":{"record":"65f0-0","hash":"c0ffee"}}',
    ],
    ['a void method', { method: 'set_permissions', params: [{}] }, '{"version":"1.1","result":null}'],
  ])('has %s', async (_, request, body) => {
    const reply = await open.post(request);
    expect(reply.body).toBe(body);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
    });
  });

  it('allows the headers that a request asks for, as KBase does', async () => {
    const reply = await open.post(ver, { HTTP_ACCESS_CONTROL_REQUEST_HEADERS: 'x-foo, authorization' });
    expect(reply.headers['access-control-allow-headers']).toBe('x-foo, authorization');
  });

  it.each(['/', '/any/path?x=1', '/healthz', '/docs/../..//', '/%00', '/api/20210901/catalog/x'])(
    'is sent for a POST to %s',
    async (path) => {
      const { status, body } = await open.ask({ path, body: JSON.stringify(ver) });
      expect([status, body]).toEqual([200, '{"version":"1.1","result":["1.2.3"]}']);
    },
  );

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense', ''])(
    'is sent whatever the content type: %s',
    async (type) => {
      const reply = await open.post(ver, type === undefined ? {} : { 'content-type': type });
      expect(reply.body).toBe('{"version":"1.1","result":["1.2.3"]}');
      expect(reply.headers['content-type']).toBe('application/json');
    },
  );

  it.each([
    ['no version', { method: 'ver', params: [] }],
    ['another version', { version: '9', method: 'ver', params: [] }],
    ['a version that is a list', { version: [], method: 'ver', params: [] }],
    ['a context', { method: 'ver', params: [], context: { call_stack: [{ time: 'x', method: 'y', job_id: 'z' }] } }],
    ['no context', { method: 'ver', params: [], context: null }],
    ['an empty key in the context', { method: 'ver', params: [], context: { '': 1 } }],
  ])('is given with %s', async (_, request) => {
    expect((await open.post(request)).body).toBe('{"version":"1.1","result":["1.2.3"]}');
  });
});

describe('an error in JSON-RPC 1.1', () => {
  const unknown = (name: string) => `Can not find method [${name}] in server class us.kbase.workspace.WorkspaceServer`;
  const missing = 'Authorization is required for this method but no credentials were provided';

  it.each([
    ['no method', { params: [], id: '7' }, -32601, 'JSON RPC method property is not defined', 'method_missing'],
    ['a null method', { method: null, id: '7' }, -32601, 'JSON RPC method property is not defined', 'method_missing'],
    ['no params', { method: 'nope', id: '7' }, -32601, 'JSON RPC params property is not defined', 'params_missing'],
    [
      'null params',
      { method: 'ver', params: null, id: '7' },
      -32601,
      'JSON RPC params property is not defined',
      'params_missing',
    ],
    ['an unknown method', { ...ver, method: 'nope' }, -32601, unknown('Workspace.nope'), 'method_unknown'],
    ['an unknown module', { ...ver, method: 'Foo.bar' }, -32601, unknown('Foo.bar'), 'method_unknown'],
    ['the wrong case', { ...ver, method: 'workspace.ver' }, -32601, unknown('workspace.ver'), 'method_unknown'],
    ['three parts', { ...ver, method: 'Workspace.ver.x' }, -32601, unknown('Workspace.ver.x'), 'method_unknown'],
    ['a number as method', { ...ver, method: 5 }, -32601, unknown('Workspace.5'), 'method_unknown'],
    ['a boolean as method', { ...ver, method: true }, -32601, unknown('Workspace.true'), 'method_unknown'],
    [
      'the name of a prototype',
      { ...ver, method: '__proto__' },
      -32601,
      unknown('Workspace.__proto__'),
      'method_unknown',
    ],
    ['the name of a member', { ...ver, method: 'toString' }, -32601, unknown('Workspace.toString'), 'method_unknown'],
    [
      'a parameter too many',
      { ...ver, params: [{}] },
      -32602,
      'Wrong parameter count for method Workspace.ver',
      'params_count',
    ],
    [
      'a parameter too few',
      { ...ver, method: 'administer' },
      -32602,
      'Wrong parameter count for method Workspace.administer',
      'params_count',
    ],
    [
      'a refusal of the gate',
      { ...ver, method: 'administer', params: [{ command: 'refused' }] },
      -32500,
      'User ann is not an admin',
      'not_admin',
    ],
  ])('reports %s with exactly these bytes', async (_, request, code, message, reason) => {
    const reply = await open.post(request);
    expect(reply.body).toBe(errorText(code, message, reason, '7'));
    expect(reply.status).toBe(500);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization',
    });
    pythonServerError(JSON.parse(reply.body).error);
    javaErrorMap(JSON.parse(reply.body).error);
  });

  it.each(['', '.', 'Workspace.'])('reports the method %j as internal, with the id', async (method) => {
    const { error, id } = JSON.parse((await open.post({ ...ver, method })).body);
    expect([error.code, id]).toEqual([-32400, '7']);
    expect(error.message).toMatch(/^Unexpected internal error \(/);
    pythonServerError(error);
  });

  it.each([
    ['no header', {}, `Token validation failed: ${missing}`, 'token_missing'],
    ['an empty header', { authorization: '' }, `Token validation failed: ${missing}`, 'token_missing'],
    [
      'a bad token',
      { authorization: 'bad' },
      'Token validation failed: Auth service returned an error: 10020 Invalid token',
      'token_invalid',
    ],
  ])('reports %s', async (_, headers, message, reason) => {
    const reply = await open.post({ ...ver, method: 'administer', params: [{}] }, headers);
    expect([reply.status, reply.body]).toEqual([500, errorText(-32400, message, reason, '7')]);
  });

  it('does not check the token for a method without authentication', async () => {
    expect((await open.post(ver, { authorization: 'bad' })).status).toBe(200);
  });

  it.each([
    ['an unknown key', { ...ver, foo: 1 }],
    ['params as an object', { ...ver, params: { command: 'x' } }],
    ['params as a text', { ...ver, params: 'x' }],
    ['params as a number', { ...ver, params: 0 }],
    ['params false', { ...ver, params: false }],
    ['a context that is a number', { ...ver, context: 5 }],
    ['a context that is a list', { ...ver, context: [] }],
    ['a method that is an object', { ...ver, method: { toString: 'ver' } }],
    ['a method that is a list', { ...ver, method: ['ver'] }],
    ['a text', '"x"'],
    ['a number', '5'],
    ['null', 'null'],
    ['true', 'true'],
    ['an opened brace', '{'],
    ['plain words', 'hello there'],
    ['nothing', ''],
    ['a space', ' '],
    ['text after the object', `${JSON.stringify(ver)} xyz`],
    ['a second object', JSON.stringify(ver) + JSON.stringify(ver)],
  ])('reports %s as a parse error, without an id', async (_, request) => {
    const reply = await open.post(request);
    const { error, ...rest } = JSON.parse(reply.body);
    expect([reply.status, rest]).toEqual([500, { version: '1.1' }]);
    expect(error).toMatchObject({ name: 'JSONRPCError', code: -32700, data: 'parse_error', error: null });
    expect(error.message).toMatch(/^Parse error \(.+\)$/s);
    pythonServerError(error);
    javaErrorMap(error);
  });

  it('lists the known keys, as KBase does', async () => {
    const { error } = JSON.parse((await open.post({ ...ver, jsonrcp: '2.0' })).body);
    expect(error.message).toContain(
      'Unrecognized field "jsonrcp" (class us.kbase.common.service.JsonServerServlet$RpcCallData), not marked as ' +
        'ignorable (5 known properties: "version", "method", "id", "params", "context"])',
    );
  });

  it('returns the id as Java prints it', async () => {
    const ids = new Map<string, string | undefined>([
      ['7', '7'],
      ['"7"', '7'],
      ['1.50', '1.5'],
      ['-0.25', '-0.25'],
      ['9007199254740993', '9007199254740993'],
      ['-123456789012345678901234567890', '-123456789012345678901234567890'],
      ['1.0', '1.0'],
      ['1e21', '1.0E21'],
      ['0.00012', '1.2E-4'],
      ['1e400', 'Infinity'],
      ['true', 'true'],
      ['false', 'false'],
      ['0', '0'],
      ['""', ''],
      ['"\\n"', '\n'],
      ['[1,2]', '[1, 2]'],
      ['[9007199254740993]', '[9007199254740993]'],
      ['[]', '[]'],
      ['[null,"x",[true]]', '[null, x, [true]]'],
      ['{"a":1}', '{a=1}'],
      ['{"a":{"b":9007199254740993}}', '{a={b=9007199254740993}}'],
      ['{"a":{"b":[1]},"c":null}', '{a={b=[1]}, c=null}'],
      ['{}', '{}'],
      ['null', undefined],
    ]);
    for (const [sent, back] of ids) {
      const { id } = JSON.parse((await open.post(`{"method":"nope","params":[],"id":${sent}}`)).body);
      expect(id, sent).toBe(back);
    }
  });
});

describe('the order of checks', () => {
  const wins = async (request: object, headers = {}) => JSON.parse((await open.post(request, headers)).body).error.data;

  it('is: syntax, method, params, known method, token, number of params', async () => {
    expect(await wins({ foo: 1 })).toBe('parse_error');
    expect(await wins({})).toBe('method_missing');
    expect(await wins({ method: 'nope' })).toBe('params_missing');
    expect(await wins({ method: 'nope', params: [1, 2] }, { authorization: 'bad' })).toBe('method_unknown');
    expect(await wins({ method: 'administer', params: [] })).toBe('token_missing');
    expect(await wins({ method: 'administer', params: [] }, { authorization: 'bad' })).toBe('token_invalid');
    expect(await wins({ method: 'administer', params: [] }, { authorization: 'ann' })).toBe('params_count');
  });

  it('does not run a refused call', async () => {
    const before = open.door.calls.length;
    await open.post({ method: 'administer', params: [{}] }, { authorization: 'bad' });
    await open.post({ method: 'administer', params: [{}, {}] });
    await open.post({ method: 'administer', params: [{}], foo: 1 });
    expect(open.door.calls).toHaveLength(before);
  });
});
