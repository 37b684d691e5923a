import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { refuse, StewardError } from '../../../src/base/errors.ts';
import { AbortedError, type BodyBounds, BodyReader } from '../../../src/server/rpc/body.ts';
import { LONG } from '../../support/long.ts';
import { wideBodies } from './bounds.ts';
import { Bare, type OpenDoor, openDoor, until } from './fakeDoor.ts';
import { heldMegabytes } from './memory.ts';

const LIMIT = 1_000_000;
const MEGABYTES = LONG ? 100 : 10;
const BYTES = MEGABYTES * 1_000_000;
/** How many bytes are sent one at a time. */
const BYTES_ALONE = LONG ? 400_000 : 200_000;
const ver = '{"method":"ver","params":[]}';

/** Sends a long body before reading anything; resolves to the answer. */
async function flood(
  open: OpenDoor,
  framing: string,
  bytes: number,
  held = (_megabytes: number) => {},
): Promise<string> {
  const bare = await open.connect();
  bare.socket.pause();
  bare.send(`POST / HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`);
  const piece = Buffer.alloc(100_000, ' ');
  const chunk = framing.startsWith('Content')
    ? piece
    : Buffer.concat([Buffer.from('186a0\r\n'), piece, Buffer.from('\r\n')]);
  for (let sent = 0; sent < bytes && !bare.closed; sent += piece.length) {
    await new Promise((resolve) => bare.socket.write(chunk, resolve));
    if (sent % 10_000_000 === 0) held(heldMegabytes());
  }
  bare.socket.resume();
  if (!framing.startsWith('Content')) bare.send('0\r\n\r\n');
  await until(() => bare.closed);
  return bare.received;
}

interface ReadingOptions extends Partial<BodyBounds> {
  readonly watch?: (request: http.IncomingMessage) => void;
}

/** A server that only reads bodies, and notes their senders and outcomes. */
async function readingServer({ watch = () => {}, ...bounds }: ReadingOptions = {}) {
  const bodies = new BodyReader({ ...wideBodies, ...bounds });
  const { maxBodyBytes, maxAnonymousBodyBytes } = { ...wideBodies, ...bounds };
  const ended: string[] = [];
  const holding: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    watch(request);
    const { authorization, 'x-from': address = 'somewhere' } = request.headers;
    const body = bodies.read(request, {
      identified: maxBodyBytes,
      anonymous: maxAnonymousBodyBytes,
      address: String(address),
      identify: async () => {
        if (authorization === 'bad') throw refuse('token_invalid');
        return authorization === undefined ? undefined : { id: authorization, name: authorization };
      },
      begin: () => {},
    });
    body.whole.then(
      ({ length }) => {
        ended.push(`${body.holder()} ${length}`);
        holding.push(() => body.release());
        response.end();
      },
      (error) => {
        const what =
          error instanceof StewardError ? error.reason : error instanceof AbortedError ? 'aborted' : String(error);
        ended.push(`${body.holder()} ${what}`);
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connected = () => new Bare(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  return {
    bodies,
    ended,
    connect: connected,
    /** Sends `text` as the beginning of a body with this declared length. */
    send: (announced: number, text: string, headers: Readonly<Record<string, string>> = {}) => {
      const bare = connected();
      const lines = Object.entries({ ...headers, 'Content-Length': announced }).map(([k, v]) => `${k}: ${v}\r\n`);
      bare.send(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}\r\n${text}`);
      return bare;
    },
    /** Releases the complete bodies. */
    release: () => {
      for (const release of holding.splice(0)) release();
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe(`a body of ${MEGABYTES} MB where 1 MB is allowed`, () => {
  it.each([
    ['that says so', `Content-Length: ${BYTES}`],
    ['that does not say so', 'Transfer-Encoding: chunked'],
  ])('%s is refused, and not held', async (_, framing) => {
    await using open = await openDoor({ bodies: { maxBodyBytes: LIMIT } });
    const before = heldMegabytes();
    let most = 0;
    const reply = await flood(open, framing, BYTES, (held) => {
      most = Math.max(most, held);
    });
    expect(most - before).toBeLessThan(20);
    // For a client that was too slow, the connection is closed.
    if (reply !== '') expect(reply).toContain('"too_big"');
    expect((await open.post(ver)).status).toBe(200);
  });

  it.each(['Content-Length: 5000000', 'Transfer-Encoding: chunked'])(
    'is answered even for a client that sends everything before it reads (%s)',
    async (framing) => {
      await using open = await openDoor({ bodies: { maxBodyBytes: LIMIT } });
      const [head, body] = (await flood(open, framing, 5_000_000)).split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 500 .*\r\nContent-Type: application\/json\r\n/);
      expect(head).toContain('\r\nConnection: close');
      expect(JSON.parse(body ?? '')).toEqual({
        version: '1.1',
        error: {
          name: 'JSONRPCError',
          code: -32700,
          message: `Object is too big, length is more than ${LIMIT} bytes`,
          data: 'too_big',
          error: null,
        },
      });
    },
  );

  it('is not sent by a client that waits for 100 Continue', async () => {
    await using open = await openDoor({ bodies: { maxBodyBytes: LIMIT } });
    const bare = await open.connect();
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ';
    bare.send(`${head}${BYTES}\r\n\r\n`);
    await until(() => bare.received.includes('"too_big"'));
    expect(bare.received).toMatch(/^HTTP\/1\.1 500 /);
    bare.socket.destroy();

    const small = await open.connect();
    small.send(`${head}${ver.length}\r\nConnection: close\r\n\r\n`);
    await until(() => small.received.startsWith('HTTP/1.1 100 Continue'));
    small.send(ver);
    await until(() => small.closed);
    expect(small.received).toContain('HTTP/1.1 200 OK');
  });

  it('is accepted up to the allowed length, and not one byte more', async () => {
    await using open = await openDoor({ bodies: { maxBodyBytes: LIMIT } });
    expect((await open.post(ver + ' '.repeat(LIMIT - ver.length))).status).toBe(200);
    const { body } = await open.post(ver + ' '.repeat(LIMIT - ver.length + 1));
    expect(JSON.parse(body).error.data).toBe('too_big');
  });
});

describe('a slow body', () => {
  it('does not keep others waiting', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    bare.send(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(ver)}\r\n\r\n`);
    for (const byte of ver) {
      bare.send(byte);
      expect((await open.post(ver)).status).toBe(200);
    }
    await until(() => bare.closed);
    expect(bare.received).toContain('{"version":"1.1","result":["1.2.3"]}');
  });

  it('sent a byte at a time needs little more memory than its length', async () => {
    let came = 0;
    await using reading = await readingServer({
      watch: (request) => {
        request.on('data', () => {
          came += 1;
        });
      },
    });
    const bare = reading.connect();
    bare.send('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
    const before = heldMegabytes();
    bare.send('1\r\n \r\n'.repeat(BYTES_ALONE));
    await until(() => came === BYTES_ALONE);
    expect(heldMegabytes() - before).toBeLessThan(10);
    bare.send('0\r\n\r\n');
    await until(() => reading.ended.length > 0);
    expect(reading.ended).toEqual([`somewhere ${BYTES_ALONE}`]);
  });
});

describe('a body that ends too early', () => {
  it.each(['destroyed', 'ended'])('leaves nothing behind when its connection is %s', async (how) => {
    await using open = await openDoor();
    for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
      for (let i = 0; i < 20; i += 1) {
        const bare = await open.connect();
        bare.send(`POST / HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n`);
        bare.send(framing.startsWith('C') ? ver : `5\r\n{"met\r\n`);
        if (how === 'ended') bare.socket.end();
        else bare.socket.destroy();
        await until(() => bare.closed);
      }
    }
    expect(await open.metric('steward_in_flight')).toEqual(['steward_in_flight 0']);
    expect(open.door.calls).toEqual([]);
    expect(open.entries.filter((e) => e.level === 'error')).toEqual([]);
    // A connection with a pending answer would delay this.
    await open.server.stop(3_600_000);
  });

  it('whose connection ends during its call lets the call end, and leaves nothing behind', async () => {
    await using open = await openDoor();
    const bare = await open.connect();
    const slow = '{"method":"slow","params":[]}';
    const request = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${slow.length}\r\n\r\n${slow}`;
    bare.send(request + request);
    await until(() => open.door.waiting === 2);
    expect(await open.metric('steward_in_flight')).toEqual(['steward_in_flight 2']);
    bare.socket.destroy();
    await until(() => bare.closed);
    open.door.release();
    await until(async () => (await open.metric('steward_in_flight'))[0] === 'steward_in_flight 0');
    await open.server.stop(3_600_000);
  });
});

describe('bodies that are being read', () => {
  const KB = 1_000;
  const from = (address: string) => ({ 'X-From': address });

  it('are held no longer than they are used, whatever the outcome', async () => {
    await using reading = await readingServer({ maxBodyBytes: 900 * KB, maxAnonymousBodyBytes: 900 * KB });
    for (let round = 1; round <= 3; round += 1) {
      reading.ended.length = 0;
      reading.send(901 * KB, '');
      await until(() => reading.ended.at(-1) === 'somewhere too_big');
      const left = reading.send(800 * KB, 'x'.repeat(700 * KB));
      await until(() => reading.bodies.held === 700 * KB);
      left.socket.destroy();
      await until(() => reading.ended.at(-1) === 'somewhere aborted');
      expect(reading.bodies.held).toBe(0);
      reading.send(900 * KB, 'x'.repeat(900 * KB));
      await until(() => reading.ended.at(-1) === `somewhere ${900 * KB}`);
      expect(reading.bodies.held).toBe(900 * KB);
      reading.release();
      expect(reading.bodies.held).toBe(0);
    }
  });

  it('count with their received bytes, and not with their declared length', async () => {
    await using reading = await readingServer({ maxHeldBodyBytes: 1_000 * KB });
    for (let i = 0; i < 20; i += 1) reading.send(900 * KB, 'x');
    await until(() => reading.bodies.held === 20);
    reading.send(900 * KB, 'x'.repeat(900 * KB), from('elsewhere'));
    await until(() => reading.ended.length > 0);
    expect(reading.ended).toEqual([`elsewhere ${900 * KB}`]);
  });

  it('make room: the largest one of the caller with the most bytes is dropped, and no other', async () => {
    await using reading = await readingServer({ maxHeldBodyBytes: 1_000 * KB });
    const { bodies, ended } = reading;
    reading.send(999 * KB, 'x'.repeat(300 * KB), from('hoarder'));
    reading.send(999 * KB, 'x'.repeat(350 * KB), from('hoarder'));
    await until(() => bodies.held === 650 * KB);
    // This one is the largest of all, but its caller has fewer bytes in total.
    const honest = reading.send(500 * KB, 'x'.repeat(349 * KB), from('honest'));
    await until(() => bodies.held === 999 * KB);
    expect(ended).toEqual([]);
    reading.send(10 * KB, 'x'.repeat(10 * KB), from('small'));
    await until(() => ended.length === 2);
    expect([...ended].sort()).toEqual(['hoarder server_busy', `small ${10 * KB}`]);
    expect(bodies.held).toBe(659 * KB);
    honest.send('x'.repeat(151 * KB));
    await until(() => ended.length === 3);
    expect(ended.at(-1)).toBe(`honest ${500 * KB}`);
  });

  it('are not dropped while they are used, and small ones still find room', async () => {
    await using reading = await readingServer({ maxHeldBodyBytes: 1_000 * KB });
    const { ended } = reading;
    reading.send(1_000 * KB, 'x'.repeat(1_000 * KB), from('large'));
    await until(() => ended.length === 1);
    reading.send(10 * KB, 'x'.repeat(10 * KB), from('small'));
    await until(() => ended.length === 2);
    reading.send(500 * KB, 'x'.repeat(500 * KB), from('larger'));
    await until(() => ended.length === 3);
    expect(ended).toEqual([`large ${1_000 * KB}`, `small ${10 * KB}`, 'larger server_busy']);
  });

  it('are only read beyond the anonymous limit after the caller was identified', async () => {
    await using reading = await readingServer({ maxAnonymousBodyBytes: 10 * KB });
    const { ended } = reading;
    const body = 'x'.repeat(20 * KB);
    const chunked = (headers: string) => {
      const bare = reading.connect();
      bare.send(`POST / HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`);
      bare.send(`${body.length.toString(16)}\r\n${body}\r\n`);
      return bare;
    };
    const rounds: [() => unknown, string][] = [
      [() => reading.send(20 * KB, ''), 'somewhere too_big'],
      [() => reading.send(20 * KB, '', { Authorization: 'bad' }), 'somewhere token_invalid'],
      [() => chunked(''), 'somewhere too_big'],
      [() => chunked('Authorization: bad\r\n'), 'somewhere token_invalid'],
      [() => reading.send(20 * KB, body, { Authorization: 'ann' }), `ann ${20 * KB}`],
      [() => chunked('Authorization: ann\r\n').send('0\r\n\r\n'), `ann ${20 * KB}`],
      // Below the anonymous limit, the token is not checked yet.
      [() => reading.send(10 * KB, 'x'.repeat(10 * KB), { Authorization: 'bad' }), `somewhere ${10 * KB}`],
    ];
    for (const [send, outcome] of rounds) {
      ended.length = 0;
      send();
      await until(() => ended.length > 0);
      expect(ended).toEqual([outcome]);
      reading.release();
      expect(reading.bodies.held).toBe(0);
    }
  });

  it('are aborted when they stall, and not when they are slow', async () => {
    await using reading = await readingServer({ bodyGraceSeconds: 1, minBodyBytesPerSecond: 1 });
    const { ended } = reading;
    reading.send(900 * KB, 'x'.repeat(899 * KB), from('stopped'));
    const slow = reading.send(900 * KB, 'x', from('slow'));
    const dripping = setInterval(() => slow.send('x'.repeat(100)), 50);
    await until(() => ended.length > 0);
    expect(ended).toEqual(['stopped body_too_slow']);
    clearInterval(dripping);
    await until(() => ended.length > 1);
    expect(ended.at(-1)).toBe('slow body_too_slow');
  });
});
