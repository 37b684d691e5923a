import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { ask, flood, type PlainReply, printToll, underAttack } from './attack.ts';

const BYTES = LONG ? 62_000_000 : 3_000_000;

/** As many different ones, separated by a character, as there is room for. */
function many(one: (index: number) => string, separator: string): string {
  const all: string[] = [];
  for (let bytes = 0; bytes < BYTES; bytes += (all.at(-1)?.length ?? 0) + 1) all.push(one(all.length));
  return all.join(separator);
}

const form = Buffer.from(many((i) => `k${i}=v`, '&'));
const command = (params: string) =>
  Buffer.from(
    `{"version":"1.1","method":"administer","params":[{"command":"createWorkspace","user":"admin","params":${params}}]}`,
  );

/** What somebody the service knows may send, and what becomes of it. */
const bodies: readonly [string, Buffer, string][] = [
  ['many keys', command(`{"workspace":"w","meta":{${many((i) => `"k${i}":"v"`, ',')}}}`), 'parse_error'],
  ['many lists', command(`{"data":[${many(() => '[]', ',')}]}`), 'parse_error'],
  [
    'escapes',
    command(`{"workspace":"${many(() => '\\u00e9\\n', '')}"}`),
    LONG ? 'parse_error' : 'workspace_name_invalid',
  ],
  ['digits', command(`{"id":${'1'.repeat(BYTES)}}`), 'parse_error'],
];

const reasonOf = ({ body }: PlainReply): string => JSON.parse(body).error?.data ?? 'ok';

let folder: Awaited<ReturnType<typeof serviceFolder>>;
let service: Running;
beforeAll(async () => {
  folder = await serviceFolder();
  service = await startRunning(folder.path, onSharedMongod());
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('A2: large bodies', () => {
  it('of strangers are refused before they are read, whether forms or JSON', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const routes: readonly [string, object, number][] = [
      ['/account/authenticate/', headers, 413],
      ['/login', { 'content-type': 'application/json' }, 413],
      ['/collections', { 'content-type': 'application/json' }, 413],
      ['/', {}, 500],
      ['/', { authorization: 'forged' }, 500],
    ];
    const send = async (index: number) => {
      const [path, more, status] = routes[index % routes.length] ?? ['/', {}, 500];
      // Who is turned away may see the connection close while still sending.
      const reply = await ask(service, path, { headers: { ...more }, body: form }).catch(() => undefined);
      return reply === undefined || reply.status === status ? 'refused' : `${path} ${reply.status} ${reply.body}`;
    };
    const toll = await underAttack(service, async (stop) => {
      if (LONG) return [...(await flood(routes.length, stop, send)).keys()];
      return Promise.all(routes.map((_, index) => send(index)));
    });
    printToll(`A2, ${routes.length} bodies of ${form.length / 1e6} MB by strangers at once`, toll);
    expect(new Set(toll.result)).toEqual(new Set(['refused']));
    expect([toll.alive, toll.unhealthy]).toEqual([true, 0]);
    // A body that is refused leaves nothing behind.
    expect((await ask(service, '/metrics', { method: 'GET' })).body).toContain('steward_body_bytes 0');
  }, 600_000);

  it('of a caller are refused, or read, while others are answered', async () => {
    const authorization = service.tokenOf('admin');
    const others: number[] = [];
    const outcomes: string[] = [];
    const send = async (index: number) => {
      const [what, body] = bodies[index % bodies.length] ?? ['', form, ''];
      const outcome = `${what}: ${reasonOf(await ask(service, '/', { headers: { authorization }, body }))}`;
      outcomes.push(outcome);
      return outcome;
    };
    const toll = await underAttack(service, async (stop) => {
      const attacking = LONG ? flood(3, stop, send) : Promise.all([0, 1, 2, 3].map((index) => send(index)));
      let ended = false;
      void attacking.finally(() => {
        ended = true;
      });
      while (!ended) {
        const began = performance.now();
        expect((await service.administer('admin', { command: 'listAdmins' })).status).toBe(200);
        others.push(performance.now() - began);
      }
      return attacking;
    });
    printToll(`A2, bodies of ${BYTES / 1e6} MB by a caller`, toll);
    console.log(`A2, calls meanwhile: ${others.length}, ${Math.round(Math.max(...others))} ms at most`);
    const expected = new Map(bodies.map(([what, , outcome]) => [`${what}: ${outcome}`, true]));
    expect(outcomes.filter((outcome) => !expected.has(outcome))).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(2);
    expect([toll.alive, toll.unhealthy]).toEqual([true, 0]);
  }, 600_000);

  it('leave a service that ends as it should', async () => {
    expect(await service.end('SIGTERM')).toBe(0);
  });
});
