import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../../support/long.ts';
import { type OpenDoor, openDoor, until } from './fakeDoor.ts';

/** How many values a body of many has, and how many bytes a long one. */
const [MANY, LENGTH] = LONG ? [1_000_000, 4_000_000] : [110_000, 1_000_000];

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor({ bodies: { maxBodyBytes: 8_000_000 } });
});
afterEach(async () => {
  // Whatever was sent: the service is healthy, nothing is in flight, and no prototype was changed.
  expect((await open.post('{"method":"ver","params":[]}')).body).toBe('{"version":"1.1","result":["1.2.3"]}');
  expect(await open.metric('steward_in_flight')).toEqual(['steward_in_flight 0']);
  expect(({} as { x?: unknown }).x).toBeUndefined();
  expect(open.entries.filter((e) => e.level === 'error')).toEqual([]);
});
afterAll(() => open[Symbol.asyncDispose]());

const administer = (params: string) => `{"method":"administer","params":[${params}],"id":1}`;
const administer20 = (params: string) => `{"jsonrpc":"2.0","method":"administer","params":${params},"id":1}`;

describe('a hostile body', () => {
  it.each([
    ['nested a hundred thousand deep', administer('['.repeat(100_000) + ']'.repeat(100_000))],
    ['nested in an id', `{"method":"ver","params":[],"id":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    [`${MANY} items`, administer(`{"command":"listAdmins","params":[${'0,'.repeat(MANY - 1)}0]}`)],
    [`${MANY} parameters`, administer(`${'0,'.repeat(MANY - 1)}0`)],
    [`${MANY} requests`, `[${'{},'.repeat(MANY - 1)}{}]`],
    ['a hundred thousand keys', administer(`{${Array.from({ length: 100_000 }, (_, i) => `"${i}":0`)}}`)],
    ['the command twice', administer('{"command":"listAdmins","command":"addAdmin"}')],
    ['the method twice', '{"method":"ver","method":"administer","params":[]}'],
    ['__proto__ in the envelope', '{"__proto__":{"x":1},"method":"ver","params":[]}'],
    ['__proto__ in the command', administer('{"command":"listAdmins","__proto__":{"x":1}}')],
    ['constructor in its params', administer('{"params":{"constructor":{"prototype":{"x":1}}}}')],
    ['prototype in a context', '{"method":"ver","params":[],"context":{"prototype":{"x":1}}}'],
    ['__proto__ in an id', '{"method":"nope","params":[],"id":{"__proto__":{"x":1}}}'],
    ['half a character', administer('{"command":"\\ud800"}')],
    ['a comment', '{"method":"ver",/**/"params":[]}'],
    ['a comma too many', '{"method":"ver","params":[],}'],
    ['single quotes', "{'method':'ver','params':[]}"],
    ['a NUL byte', '{"method":"ver","params":[]}\0'],
    ['bytes that are no text', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    [`an unclosed text of ${LENGTH} bytes`, `{"method":"${'\\\\'.repeat(LENGTH / 2)}`],
    [`${LENGTH} commas`, `[${','.repeat(LENGTH)}]`],
    [`${LENGTH} colons`, `{${':'.repeat(LENGTH)}}`],
    [`${LENGTH} closing brackets`, ']'.repeat(LENGTH)],
    [`${LENGTH} bytes of opened comments`, '/*'.repeat(LENGTH / 2)],
    [`a number of ${LENGTH} digits with a letter`, `[${'1'.repeat(LENGTH)}x]`],
  ])('is refused as a parse error before anything runs: %s', async (_, body) => {
    const before = open.door.calls.length;
    const reply = await open.post(body);
    const [status, envelope, data] = String(body).startsWith('[')
      ? [200, { jsonrpc: '2.0' }, { reason: 'parse_error' }]
      : [500, { version: '1.1' }, 'parse_error'];
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({ ...envelope, error: { code: -32700, data } });
    expect(reply.body.length).toBeLessThan(500);
    expect(open.door.calls).toHaveLength(before);
  });

  it.each([administer, (params: string) => administer20(`[${params}]`), administer20])(
    'stores content as it is, without changing any prototype',
    async (request) => {
      const deep = '['.repeat(900) + ']'.repeat(900);
      const sent = `{"command":"x","params":{"meta":{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}},"deep":${deep}}}}`;
      expect((await open.post(request(sent))).status).toBe(200);
      const command = open.door.calls.at(-1)?.params[0] as { params: { meta: object } } | undefined;
      expect(JSON.stringify(command)).toBe(sent);
      expect(Object.keys(command?.params.meta ?? {})).toEqual(['__proto__', 'constructor', 'deep']);
    },
  );

  it('cannot reach inherited properties by the names of method and command', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']) {
      const { error } = JSON.parse((await open.post({ method: name, params: [] })).body);
      expect(error.data).toBe('method_unknown');
      expect((await open.post({ method: 'administer', params: [{ command: name }] })).status).toBe(200);
    }
  });

  it('may have numbers that cannot be represented', async () => {
    for (const number of ['1e400', '-1e400', '9007199254740993', '1e-400', '-0', '1'.repeat(10_000)]) {
      expect((await open.post(`{"method":"echo","params":[${number}]}`)).status).toBe(200);
      expect((await open.post(administer(`{"command":${number}}`))).status).toBe(200);
      for (const place of ['"id":', '"version":', '"method":']) {
        const key = place === '"method":' ? '"id":1' : '"method":"nope"';
        const reply = await open.post(`{${key},"params":[],${place}${number}}`);
        expect(JSON.parse(reply.body)).toMatchObject({ error: { data: 'method_unknown' } });
      }
    }
    expect((await open.post('{"method":"echo","params":[1e400]}')).body).toBe('{"version":"1.1","result":[null]}');
  });

  it('is answered with only the beginning of a very long name', async () => {
    const name = 'n'.repeat(LENGTH);
    for (const request of [
      { method: name, params: [] },
      { jsonrpc: '2.0', method: name, id: 1 },
      { [name]: 1 },
      { jsonrpc: '2.0', [name]: 1 },
    ]) {
      expect((await open.post(request)).body.length).toBeLessThan(1_000);
    }
  });
});

describe('hostile HTTP', () => {
  const post = 'POST / HTTP/1.1\r\nHost: x\r\n';

  it.each([
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['a length that is no number', `${post}Content-Length: many\r\n\r\n`],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`],
    ['two lengths', `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`],
    ['a length beside chunks', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk of no size', `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ['a chunk beyond counting', `${post}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(20)}\r\n`],
    ['headers without end', `${post}${`X-Y: ${'z'.repeat(1000)}\r\n`.repeat(40)}`],
    ['a header that is folded', `${post}X-Forwarded-For: 1.2.3.4\r\n evil\r\nContent-Length: 0\r\n\r\n`],
    ['a NUL in a header', `${post}Authorization: a\0b\r\n\r\n`],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n'],
  ])('is refused or dropped: %s', async (_, bytes) => {
    const before = open.door.calls.length;
    const bare = await open.connect();
    bare.send(Buffer.from(bytes, 'latin1'));
    await until(() => bare.closed || bare.received !== '');
    expect(bare.received).toMatch(/^$|^HTTP\/1\.1 4/);
    expect(open.door.calls).toHaveLength(before);
    bare.socket.destroy();
  });

  it('that requests another protocol is answered in this one', async () => {
    const bare = await open.connect();
    const body = '{"method":"ver","params":[]}';
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    bare.send(`${post}${upgrade}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => bare.received.includes('1.2.3'));
    expect(bare.received).toMatch(/^HTTP\/1\.1 200 /);
    bare.socket.destroy();
  });

  it('that half-closes the connection after the request is answered', async () => {
    const bare = await open.connect();
    const body = '{"method":"ver","params":[]}';
    bare.socket.end(`${post}Content-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => bare.closed);
    expect(bare.received).toContain('{"version":"1.1","result":["1.2.3"]}');
  });
});
