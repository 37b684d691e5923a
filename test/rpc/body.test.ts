import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { StewardError } from '../../src/errors.ts';
import { AbortedError, BodyReader } from '../../src/rpc/body.ts';
import { Bare, type OpenDoor, openDoor, until } from './fakeDoor.ts';
import { heldMegabytes } from './memory.ts';

const LIMIT = 1_000_000;
const HUNDRED_MEGABYTES = 100_000_000;
const ver = '{"method":"ver","params":[]}';

/** Sends a long body before it reads anything; resolves to what there was to read. */
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

/** A server that does nothing but read bodies, and notes what became of them. */
async function readingServer(
  maxBytes: number,
  watch: (request: http.IncomingMessage) => void = () => {},
  budget?: number,
) {
  const bodies = new BodyReader(maxBytes, budget);
  const ended: string[] = [];
  const server = http.createServer((request, response) => {
    watch(request);
    bodies.read(request).then(
      (body) => {
        ended.push(String(body.length));
        response.end();
      },
      (error) => {
        ended.push(error instanceof StewardError ? error.reason : error instanceof AbortedError ? 'aborted' : 'bug');
        response.destroy();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ended,
    connect: () => new Bare(connect((server.address() as AddressInfo).port, '127.0.0.1')),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe('a body of 100 MB where 1 MB is allowed', () => {
  it.each([
    ['that says so', `Content-Length: ${HUNDRED_MEGABYTES}`],
    ['that does not say so', 'Transfer-Encoding: chunked'],
  ])('%s is refused, and nothing of it is kept', async (_, framing) => {
    await using open = await openDoor({ maxBodyBytes: LIMIT });
    const before = heldMegabytes();
    let most = 0;
    const reply = await flood(open, framing, HUNDRED_MEGABYTES, (held) => {
      most = Math.max(most, held);
    });
    expect(most - before).toBeLessThan(20);
    // A client so slow that it was not waited for finds its connection closed.
    if (reply !== '') expect(reply).toContain('"too_big"');
    expect((await open.post(ver)).status).toBe(200);
  });

  it.each(['Content-Length: 5000000', 'Transfer-Encoding: chunked'])(
    'tells even a client that sends before it reads (%s)',
    async (framing) => {
      await using open = await openDoor({ maxBodyBytes: LIMIT });
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

  it('is not even sent by a client that asks first', async () => {
    await using open = await openDoor({ maxBodyBytes: LIMIT });
    const bare = await open.connect();
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ';
    bare.send(`${head}${HUNDRED_MEGABYTES}\r\n\r\n`);
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

  it('is taken up to its last allowed byte, and not one further', async () => {
    await using open = await openDoor({ maxBodyBytes: LIMIT });
    expect((await open.post(ver + ' '.repeat(LIMIT - ver.length))).status).toBe(200);
    const { body } = await open.post(ver + ' '.repeat(LIMIT - ver.length + 1));
    expect(JSON.parse(body).error.data).toBe('too_big');
  });
});

describe('a slow body', () => {
  it('is waited for while others are answered', async () => {
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

  it('sent a byte at a time costs little more than its length', async () => {
    let came = 0;
    await using reading = await readingServer(LIMIT, (request) => {
      request.on('data', () => {
        came += 1;
      });
    });
    const bare = reading.connect();
    bare.send('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
    const before = heldMegabytes();
    bare.send('1\r\n \r\n'.repeat(400_000));
    await until(() => came === 400_000);
    expect(heldMegabytes() - before).toBeLessThan(10);
    bare.send('0\r\n\r\n');
    await until(() => reading.ended.length > 0);
    expect(reading.ended).toEqual(['400000']);
  });
});

describe('a body that ends before it is whole', () => {
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
    // A connection that still owed an answer would hold this up.
    await open.server.stop(3_600_000);
  });

  it('during its call lets the call end, and leaves nothing behind', async () => {
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

describe('the bodies that are being read', () => {
  it('are never more than their budget together, whatever became of those before', async () => {
    await using reading = await readingServer(1_000, undefined, 1_500);
    const { ended } = reading;
    const send = (bytes: number) => {
      const bare = reading.connect();
      bare.send('POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n');
      bare.send(`${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n`);
      return bare;
    };
    for (let round = 1; round <= 5; round += 1) {
      ended.length = 0;
      send(1_001);
      await until(() => ended.at(-1) === 'too_big');
      const first = send(900);
      const second = send(900);
      // Whichever comes later finds the budget spent, and gives back what it took.
      await until(() => ended.at(-1) === 'bodies_busy');
      await until(() => first.closed || second.closed);
      const left = first.closed ? second : first;
      left.socket.destroy();
      await until(() => ended.at(-1) === 'aborted');
      const whole = send(900);
      whole.send('0\r\n\r\n');
      await until(() => ended.at(-1) === '900');
      expect(ended).toEqual(['too_big', 'bodies_busy', 'aborted', '900']);
    }
  });
});
