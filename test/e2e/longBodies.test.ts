import { createHash } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentMegabytes } from '../security/attack.ts';
import { LONG, spread } from '../support/long.ts';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder, withSharedDatabase } from '../support/service.ts';

/** Bodies of which a service with its own limits holds gigabytes; here the limits are a thousandth of those. */
const MAX_BODY = 1_005_000;
const ENV = {
  ...onSharedMongod(),
  STEWARD_MAX_BODY_BYTES: String(MAX_BODY),
  STEWARD_MAX_ANONYMOUS_BODY_BYTES: '16384',
  STEWARD_MAX_MEMORY_BODY_BYTES: '65536',
  STEWARD_MAX_SPOOL_BYTES: '6000000',
  STEWARD_MAX_SPOOL_BYTES_PER_CALLER: '3200000',
};
const SPEC = `module Long {
  /* @id ws */
  typedef string ref;
  /* @optional features texts refs by */
  typedef structure { list<UnspecifiedObject> features; list<string> texts; list<ref> refs; mapping<ref, int> by; } Long;
};`;

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;

beforeAll(async () => {
  folder = await serviceFolder();
  service = await startRunning(folder.path, ENV);
  await prepare();
}, 300_000);
afterAll(async () => {
  await service.end('SIGTERM');
  await folder[Symbol.asyncDispose]();
});

async function prepare(): Promise<void> {
  const ok = async (reply: Promise<{ readonly status: number }>) => expect((await reply).status).toBe(200);
  await ok(service.call('admin', 'request_module_ownership', ['Long']));
  await ok(service.administer('admin', { command: 'approveModRequest', module: 'Long' }));
  await ok(service.call('admin', 'register_typespec', [{ spec: SPEC, new_types: ['Long'], dryrun: 0 }]));
  await ok(service.call('admin', 'release_module', ['Long']));
  for (const user of ['ann', 'mallory']) await ok(service.administer('admin', { command: 'addUser', user }));
  await ok(service.call('ann', 'create_workspace', [{ workspace: 'ann:long' }]));
}

interface Sent {
  readonly token?: string | undefined;
  readonly chunked?: boolean;
}

interface Received {
  readonly status: number;
  readonly length: string | undefined;
  readonly body: string;
}

/** Sends the body as it is made, in pieces; resolves to the answer, also where that comes before the body is sent. */
function send(body: string, { token = service.tokenOf('ann'), chunked = false }: Sent = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(token === '' ? {} : { authorization: token }),
      ...(chunked ? {} : { 'content-length': Buffer.byteLength(body) }),
    };
    const request = http.request(service.url, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          length: response.headers['content-length'],
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.once('error', reject);
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at += 50_001) request.write(bytes.subarray(at, at + 50_001));
    request.end();
  });
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', service.url))).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** The temporary files that the service has open, with a name or without. */
async function openFiles(): Promise<string[]> {
  const fds = `/proc/${service.process.pid}/fd`;
  const paths = (await readdir(fds)).map((fd) => readlink(join(fds, fd)).catch(() => ''));
  return (await Promise.all(paths)).filter((path) => path.includes('.spool'));
}

const named = () => readdir(join(folder.path, 'data', 'spool')).catch(() => []);

async function expectNothingLeft(): Promise<void> {
  await until(async () => (await metric('steward_spool_bytes')) === 0 && (await openFiles()).length === 0);
  expect(await metric('steward_body_bytes')).toBe(0);
  expect(await named()).toEqual([]);
}

/** Data of about so many bytes as clients send it, its keys out of order, and its canonical form. */
function dataOf(bytes: number, mark: string): { readonly sent: string; readonly canonical: string } {
  const count = Math.ceil(bytes / 180);
  const one = (i: number, pad: string) =>
    `{${pad}"type":${pad}"CDS \\u00e9",${pad}"id":"${mark}${i}","at":[${i},1.0,9007199254740993],"text":"${'ACGT'.repeat(20)}"}`;
  const ordered = (i: number) =>
    `{"at":[${i},1.0,9007199254740993],"id":"${mark}${i}","text":"${'ACGT'.repeat(20)}","type":"CDS é"}`;
  const all = Array.from({ length: count }, (_, i) => i);
  return {
    sent: `{"texts": ["${mark}"],\n "features":[${all.map((i) => one(i, i % 2 === 0 ? ' ' : '')).join(', ')}]}`,
    canonical: `{"features":[${all.map(ordered).join()}],"texts":["${mark}"]}`,
  };
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const object = (name: string, data: string) => `{"name":"${name}","data":${data},"type":"Long.Long"}`;
const save = (objects: readonly string[]) =>
  `{"params":[{"workspace":"ann:long","objects":[${objects.join()}]}],"method":"Workspace.save_objects","version":"1.1","id":"7"}`;
const get = (ref: string, included = '') =>
  `{"params":[{"objects":[{"ref":"${ref}"${included}}]}],"method":"Workspace.get_objects2","version":"1.1","id":"8"}`;

const ways: readonly [string, (name: string, data: string) => string, Sent][] = [
  ['save_objects, params before the method, with a length', (n, d) => save([object(n, d)]), {}],
  ['save_objects, params before the method, in chunks', (n, d) => save([object(n, d)]), { chunked: true }],
  [
    'save_objects in JSON-RPC 2.0',
    (n, d) =>
      `{"method":"Workspace.save_objects","jsonrpc":"2.0","id":1,"params":[{"workspace":"ann:long","objects":[${object(n, d)}]}]}`,
    { chunked: true },
  ],
  [
    'save_object',
    (n, d) =>
      `{"params":[{"workspace":"ann:long","id":"${n}","data":${d},"type":"Long.Long"}],"method":"Workspace.save_object"}`,
    {},
  ],
  [
    'administer',
    (n, d) =>
      `{"params":[{"user":"ann","params":{"workspace":"ann:long","objects":[${object(n, d)}]},"command":"saveObjects"}],"method":"administer"}`,
    { chunked: true },
  ],
];

describe('a body that is too long for memory', () => {
  it.each(ways)('saves what it holds, canonical and with its checksum: %s', async (way, request, how) => {
    const name = `o${md5(way)}`;
    const { sent, canonical } = dataOf(LONG ? 900_000 : 150_000, name);
    const token = way === 'administer' ? service.tokenOf('admin') : service.tokenOf('ann');
    const saved = await send(request(name, sent), { ...how, token });
    expect(saved.status, saved.body).toBe(200);
    expect(saved.body).toContain(md5(canonical));
    expect(saved.body).toContain(way === 'save_object' ? name : String(Buffer.byteLength(canonical)));
    const got = await send(get(`ann:long/${name}`));
    expect(got.body).toContain(`"data":${canonical},`);
    expect(Number(got.length)).toBe(Buffer.byteLength(got.body));
    await expectNothingLeft();
    const [record] = await records();
    expect(record).toMatchObject({ outcome: 'success' });
    expect(JSON.stringify(record?.params)).toContain(`"bytes":${Buffer.byteLength(sent)}`);
  });

  it('saves many objects of all sizes at once, with what their references lead to', async () => {
    await send(save([object('target', '{}')]));
    const long = dataOf(LONG ? 300_000 : 100_000, 'long');
    const short = (i: number) => dataOf(20_000, `short${i}`);
    const refs = (a: string, b: string, filling: string) =>
      `{"refs":["${a}","${b}"],"by":{"${b}":2},"texts":["${filling}"]}`;
    const withRefs = refs('ann:long/target', 'ann:long/target/1', 'x'.repeat(200_000));
    const objects = [
      object('many1', long.sent),
      ...Array.from({ length: 20 }, (_, i) => object(`short${i}`, short(i).sent)),
      object('withRefs', withRefs),
    ];
    const saved = await send(save(objects));
    expect(saved.status, saved.body).toBe(200);
    const infos = JSON.parse(saved.body).result[0];
    const target = JSON.parse((await send(get('ann:long/target'))).body).result[0].data[0].info;
    const ref = `${target[6]}/${target[0]}/1`;
    const canonical = `{"by":{"${ref}":2},"refs":["${ref}","${ref}"],"texts":["${'x'.repeat(200_000)}"]}`;
    expect(infos.map((info: unknown[]) => info[8])).toEqual([
      md5(long.canonical),
      ...Array.from({ length: 20 }, (_, i) => md5(short(i).canonical)),
      md5(canonical),
    ]);
    expect((await send(get('ann:long/withRefs'))).body).toContain(`"data":${canonical},`);
    const twice = `{"by":{"ann:long/target":1,"ann:long/target/1":2},"texts":["${'x'.repeat(200_000)}"]}`;
    expect((await send(save([object('twice', twice)]))).body).toContain(
      'Two references in a single hash are identical when resolved, resulting in a loss of data',
    );
    await expectNothingLeft();
  });

  it.each([
    ['1.1', `{"params":[{"workspace":"ann:long","objects":[${'{}, '.repeat(60_000)}`, 500, undefined],
    ['2.0', `{"jsonrpc":"2.0","params":[{"workspace":"ann:long","objects":[${'{}, '.repeat(60_000)}`, 200, -32700],
    ['2.0, at its end', `{"params":["${'x'.repeat(200_000)}" 1],"id":1,"jsonrpc":"2.0"}`, 200, -32700],
  ])('that is broken is refused in the words of its envelope: %s', async (_, body, status, code) => {
    const reply = await send(body, { chunked: true });
    expect(reply.status).toBe(status);
    const { error, jsonrpc } = JSON.parse(reply.body);
    expect(jsonrpc).toBe(code === undefined ? undefined : '2.0');
    expect([error.code, error.message]).toEqual([-32700, expect.stringContaining('Parse error')]);
    await expectNothingLeft();
  });

  it('is checked as any other: its data, and who may write', async () => {
    const data = `{"refs":["no such thing"],"texts":["${'x'.repeat(300_000)}"]}`;
    expect((await send(save([object('wrong', data)]))).body).toContain('Object #1, wrong has unparseable reference');
    const numbers = `{"texts":[${'1,'.repeat(60_000)}1]}`;
    expect((await send(save([object('wrong', numbers)]))).body).toContain('Object #1, wrong failed type checking:');
    const double = `{"features":[{"a":"${'x'.repeat(100_000)}","a":1}]}`;
    expect((await send(save([object('wrong', double)]))).body).toContain("Duplicated key 'a' was found at /features/0");
    const { sent } = dataOf(300_000, 'strange');
    const refused = await send(save([object('mine', sent)]), { token: service.tokenOf('mallory') });
    expect(refused.body).toContain('User mallory may not write to workspace ann:long');
    await expectNothingLeft();
  });

  it('is taken of nobody who is not identified, and of nobody beyond the limit, in the words of KBase', async () => {
    const body = (bytes: number) => save([object('o', `{"texts":["${'x'.repeat(bytes)}"]}`)]);
    for (const chunked of [false, true]) {
      const outcomes = [
        [
          await refusalOf(send(body(20_000), { token: '', chunked })),
          'Object is too big, length is more than 16384 bytes',
        ],
        [await refusalOf(send(body(20_000), { token: 'forged', chunked })), 'Token validation failed'],
        [
          await refusalOf(send(body(MAX_BODY), { chunked })),
          `Object is too big, length is more than ${MAX_BODY} bytes`,
        ],
      ];
      for (const [said, expected] of outcomes) expect(said).toContain(expected);
    }
    await expectNothingLeft();
  });
});

/** What the refusal says; the connection may close while the body is still being sent. */
async function refusalOf(reply: Promise<Received>): Promise<string> {
  const { status, body } = await reply;
  const { error, id } = JSON.parse(body);
  expect([status, id]).toEqual([500, undefined]);
  return error.message;
}

interface StoredRecord {
  readonly outcome: string;
  readonly params?: unknown;
}

/** The records of saves, the newest first. */
const records = () =>
  withSharedDatabase(ENV, async (db) => {
    const batches = await db.collection('audit').find().sort({ _id: -1 }).limit(20).toArray();
    return batches
      .flatMap((batch): StoredRecord[] => batch.records ?? [batch])
      .filter((record) => JSON.stringify(record).includes('"objects"'));
  });

/** Sends the beginning of a body of this length, and waits until it has come. */
async function begin(length: number, sent: number, user = 'mallory'): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  socket.write(
    `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${service.tokenOf(user)}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write(Buffer.alloc(sent, ' '), resolve);
  });
  return socket;
}

describe('a long body that does not come to its end', () => {
  it('leaves nothing behind when its sender goes away', async () => {
    const before = await metric('steward_spool_bytes');
    const sockets = [await begin(MAX_BODY, 400_000), await begin(MAX_BODY, 300_000)];
    await until(async () => (await metric('steward_spool_bytes')) - before >= 700_000);
    expect(await openFiles()).toHaveLength(2);
    expect(await named()).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await expectNothingLeft();
  });

  it('takes room from nobody else, however many there are of one sender', async () => {
    const hoarders: Socket[] = [];
    for (let i = 0; i < 6; i += 1) hoarders.push(await begin(MAX_BODY, MAX_BODY - 1));
    // Of six that took a megabyte each, as many are there as one caller may have.
    await until(() => hoarders.filter((h) => h.closed || h.destroyed || h.readableEnded).length >= 3);
    expect(await metric('steward_spool_bytes')).toBeLessThanOrEqual(3_200_000);
    const { sent, canonical } = dataOf(900_000, 'meanwhile');
    const saved = await send(save([object('meanwhile', sent)]));
    expect(saved.body).toContain(md5(canonical));
    for (const socket of hoarders) socket.destroy();
    await expectNothingLeft();
  });

  it.runIf(LONG)(
    'leaves nothing behind when the service is killed',
    async () => {
      const socket = await begin(MAX_BODY, 800_000);
      await until(async () => (await metric('steward_spool_bytes')) >= 800_000);
      await service.end('SIGKILL');
      socket.destroy();
      expect(await named()).toEqual([]);
      service = await startRunning(folder.path, ENV);
      await expectNothingLeft();
      const { sent, canonical } = dataOf(900_000, 'after');
      expect((await send(save([object('after', sent)]))).body).toContain(md5(canonical));
    },
    300_000,
  );
});

describe('data that is too long for memory', () => {
  it('is sent while it is read, whole and in parts', async () => {
    // More than all that one answer reads into memory at once.
    const texts = Array.from({ length: 20 }, (_, i) => 'x'.repeat(900_000 + i));
    for (const [i, text] of texts.entries()) {
      expect((await send(save([object(`text${i}`, `{"texts":["${text}"]}`)]))).status).toBe(200);
    }
    const wanted = (more: string) => texts.map((_, i) => `{"ref":"ann:long/text${i}"${more}}`).join();
    const all = (more: string) =>
      send(`{"params":[{"objects":[${wanted(more)}]}],"method":"Workspace.get_objects2","id":1,"jsonrpc":"2.0"}`);
    const wholeAndInParts = [
      ['', (text: string) => ({ texts: [text] })],
      [',"included":["/texts/0"]', (text: string) => ({ texts: [text] })],
      [',"included":["/refs"]', () => ({})],
    ] as const;
    for (const [more, expected] of spread(wholeAndInParts, 2)) {
      const got = await all(more);
      expect(Number(got.length)).toBe(Buffer.byteLength(got.body));
      const { data } = JSON.parse(got.body).result;
      expect(data.map((one: { data: unknown }) => one.data)).toEqual(texts.map(expected));
    }
  });
});

describe.runIf(LONG)('an object of hundreds of megabytes', () => {
  /** The data in pieces of a megabyte, its keys out of order, without ever being in memory as a whole. */
  function* pieces(name: string, megabytes: number): Generator<string> {
    yield `{"params":[{"workspace":"admin:long","objects":[{"type":"Long.Long","name":"${name}","data":{"texts":[],"features":[{"id":"0"}`;
    const feature = (i: number) => `,{"type":"CDS","id":"${i}","at":[1.5,2],"text":"${'ACGT'.repeat(20)}"}`;
    for (let i = 0; i < megabytes; i += 1) {
      let piece = '';
      for (let n = 0; piece.length < 1_000_000; n += 1) piece += feature(n);
      yield piece;
    }
    yield ']}}]}],"method":"Workspace.save_objects","version":"1.1","id":"1"}';
  }

  function exchange(
    running: Running,
    parts: Iterable<string>,
  ): Promise<{ readonly length: number; readonly head: string }> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: running.tokenOf('admin') };
      const request = http.request(running.url, { method: 'POST', headers, agent: false }, (response) => {
        let [length, head] = [0, ''];
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (head.length < 500) head += chunk.toString();
        });
        response.once('end', () => resolve({ length, head }));
        response.once('error', reject);
      });
      request.once('error', reject);
      Readable.from(parts).pipe(request);
    });
  }

  it.each([300, 950])(
    'of %d is saved and read with no more memory than a small one',
    async (megabytes) => {
      await using own = await serviceFolder();
      const running = await startRunning(own.path);
      await running.call('admin', 'request_module_ownership', ['Long']);
      await running.administer('admin', { command: 'approveModRequest', module: 'Long' });
      await running.call('admin', 'register_typespec', [{ spec: SPEC, new_types: ['Long'], dryrun: 0 }]);
      await running.call('admin', 'release_module', ['Long']);
      await running.call('admin', 'create_workspace', [{ workspace: 'admin:long' }]);
      const pid = running.process.pid ?? 0;
      let most = 0;
      const watch = setInterval(async () => {
        most = Math.max(most, await residentMegabytes(pid));
      }, 50);
      /** Saves an object of this size, and reads it whole and in part. @returns the most memory so far, in megabytes */
      const savedAndRead = async (name: string, size: number) => {
        const saved = await exchange(running, pieces(name, size));
        expect(saved.head).toContain('"Long.Long-1.0"');
        const read = await exchange(running, [get(`admin:long/${name}`)]);
        const part = await exchange(running, [get(`admin:long/${name}`, ',"included":["/features/[*]/id"]')]);
        expect(read.length).toBeGreaterThan(size * 1_000_000);
        expect(part.head).toContain('"features":[{"id":"0"}');
        return most;
      };
      const small = await savedAndRead('small', 60);
      const large = await savedAndRead('large', megabytes);
      clearInterval(watch);
      console.log(
        `an object of 60 MB takes ${Math.round(small)} MB of memory, one of ${megabytes} MB ${Math.round(large)}`,
      );
      expect(large - small).toBeLessThan(100);
      expect(await running.end('SIGTERM')).toBe(0);
    },
    3_600_000,
  );
});
