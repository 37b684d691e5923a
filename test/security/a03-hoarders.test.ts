import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { ask, printToll, underAttack } from './attack.ts';

const MB = 1024 * 1024;
/** In `npm test` a sixteenth of the sizes that a service has by default. */
const SIZE = LONG ? 64 * MB : 4 * MB;
const BOUNDS: Record<string, string> = LONG
  ? {}
  : { STEWARD_MAX_BODY_BYTES: String(SIZE), STEWARD_MAX_HELD_BODY_BYTES: String(4 * SIZE) };

interface Hoarder {
  readonly socket: Socket;
  answer(): string;
}

/** Sends all of a body but its last byte, and waits. */
async function hoard({ url }: Running, headers: string, size: number): Promise<Hoarder> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${size}\r\n\r\n`);
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write(Buffer.alloc(size - 1, ' '), resolve);
  });
  return { socket, answer: () => received };
}

const status = (hoarder: Hoarder) => /^HTTP\/1\.1 (\d+)/.exec(hoarder.answer())?.[1];

describe('A3: connections that send all but one byte of what they announce', () => {
  it('take room from nobody else', async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path, { ...onSharedMongod(), ...BOUNDS });
    await service.administer('admin', { command: 'addUser', user: 'mallory' });
    const mallory = `Authorization: ${service.tokenOf('mallory')}\r\n`;
    const hoarders: Hoarder[] = [];
    const served: number[] = [];
    const toll = await underAttack(
      service,
      async (stop) => {
        // More than all that the service holds, some of it by somebody it knows and some by nobody.
        for (let i = 0; i < 5; i += 1) hoarders.push(await hoard(service, mallory, SIZE));
        for (let i = 0; i < 20; i += 1) hoarders.push(await hoard(service, '', MB));
        do {
          const small = await service.administer('admin', { command: 'listAdmins' });
          const large = await ask(service, '/', {
            headers: { authorization: service.tokenOf('admin') },
            body: `{"version":"1.1","method":"ver","params":[],"id":"1"}${' '.repeat(Math.min(SIZE / 2, 12 * MB))}`,
          });
          served.push(small.status, large.status);
          if (LONG) hoarders.push(await hoard(service, mallory, SIZE));
        } while (LONG ? !stop.aborted : served.length < 10);
      },
      { everyMs: 50 },
    );
    printToll('A3, bodies that lack a byte', toll);
    expect(new Set(served)).toEqual(new Set([200]));
    expect([toll.alive, toll.unhealthy]).toEqual([true, 0]);
    // Somebody had to make room.
    expect(hoarders.filter((h) => h.answer().includes('server_busy')).length).toBeGreaterThan(0);
    for (const { socket } of hoarders) socket.destroy();
    expect(await service.end('SIGTERM')).toBe(0);
  }, 600_000);

  it.runIf(LONG)(
    'are cut once nothing comes for a while',
    async () => {
      await using folder = await serviceFolder();
      const service = await startRunning(folder.path, {
        ...onSharedMongod(),
        ...BOUNDS,
        STEWARD_BODY_GRACE_SECONDS: '1',
      });
      const hoarder = await hoard(service, `Authorization: ${service.tokenOf('admin')}\r\n`, SIZE);
      const stranger = await hoard(service, '', 1_000);
      const form = await hoard(service, 'Authorization: x\r\n', 1_000);
      while ([hoarder, stranger, form].some((h) => status(h) === undefined)) await sleep(20);
      expect([hoarder, stranger, form].map(status)).toEqual(['408', '408', '408']);
      expect(stranger.answer()).toContain('body_too_slow');
      const { body } = await ask(service, '/metrics', { method: 'GET' });
      expect(body).toContain('steward_body_bytes 0');
      expect(await service.end('SIGTERM')).toBe(0);
    },
    300_000,
  );
});
