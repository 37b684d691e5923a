import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { onSharedMongod, type Running, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';
import { ask, flood, printToll, underAttack } from './attack.ts';

const CALLS = LONG ? 110 : 60;
const CHILDREN = LONG ? 266 : 30;

/** A folder of this user with folders in it: its id. */
async function tree(service: Running, owner: string, children: number): Promise<string> {
  const make = async (name: string, more: object = {}) => {
    const params = { type: 'folders', name, owners: [{ accountType: 'User', owner }], ...more };
    const { result, error } = await service.administer('admin', { command: 'createResource', params });
    if (error !== undefined) throw new Error(error.message);
    return ((result ?? [])[0] as { id: string }).id;
  };
  const root = await make('root');
  for (let i = 0; i < children; i += 1) await make(`child ${i}`, { parents: [root] });
  return root;
}

interface Outcome {
  /** "ok" or the reason of the refusal. */
  readonly reason: string;
  readonly retryAfter: string | undefined;
}

/** One cascade by the owner. */
async function cascade(service: Running, user: string, id: string, index: number): Promise<Outcome> {
  const visibility = index % 2 === 0 ? 'public' : 'private';
  const body = JSON.stringify({
    version: '1.1',
    method: 'Resource.set_acl',
    params: [{ id, visibility, cascade: true }],
    id: '1',
  });
  const reply = await ask(service, '/', { headers: { authorization: service.tokenOf(user) }, body });
  return { reason: JSON.parse(reply.body).error?.data ?? 'ok', retryAfter: reply.headers['retry-after'] };
}

async function callsWaiting(service: Running): Promise<number> {
  const { body } = await ask(service, '/metrics', { method: 'GET' });
  return Number(/^steward_calls_waiting (\d+)$/m.exec(body)?.[1]);
}

describe('A7: cascades of one user', () => {
  it(`${CALLS} at once hold up that user alone`, async () => {
    await using folder = await serviceFolder();
    const service = await startRunning(folder.path, onSharedMongod());
    await service.administer('admin', { command: 'addUser', user: 'mallory' });
    await service.administer('admin', { command: 'addUser', user: 'ann' });
    const root = await tree(service, 'mallory', CHILDREN);
    const writes: number[] = [];
    const write = async () => {
      const began = performance.now();
      const { status } = await service.call('ann', 'Resource.create', [{ type: 'block', name: 'mine' }]);
      expect(status).toBe(200);
      writes.push(performance.now() - began);
    };
    await write();
    writes.length = 0;
    let answeredWhenAnnWas = 0;
    const toll = await underAttack(service, async (stop) => {
      const outcomes: Outcome[] = [];
      const send = async (index: number) => {
        const outcome = await cascade(service, 'mallory', root, index);
        outcomes.push(outcome);
        return outcome.reason;
      };
      const attacking = LONG
        ? flood(CALLS, stop, send)
        : Promise.all(Array.from({ length: CALLS }, (_, index) => send(index)));
      // As many as the bounds allow are under way, and more wait, when somebody else comes.
      while ((await callsWaiting(service)) === 0) await sleep(5);
      for (let i = 0; i < 3 || (LONG && !stop.aborted); i += 1) await write();
      answeredWhenAnnWas = outcomes.length;
      await attacking;
      return outcomes;
    });
    printToll(`A7, ${CALLS} cascades over ${CHILDREN} at once`, toll);
    console.log(`A7, writes of another caller meanwhile: ${Math.round(Math.max(...writes))} ms at most`);
    const reasons = new Set(toll.result.map((o) => o.reason));
    expect(reasons).toContain('ok');
    expect([...reasons].filter((reason) => reason !== 'ok' && reason !== 'rate_limited')).toEqual([]);
    // The wait named is the time that the waiting calls need, by how fast calls end on this machine.
    for (const { reason, retryAfter } of toll.result) {
      if (reason === 'rate_limited') expect(retryAfter).toMatch(/^\d+$/);
      if (reason === 'rate_limited') expect(Number(retryAfter)).toBeGreaterThanOrEqual(2);
    }
    if (!LONG) expect(answeredWhenAnnWas).toBeLessThan(CALLS);
    expect([toll.alive, toll.unhealthy]).toEqual([true, 0]);
    expect(await service.end('SIGTERM')).toBe(0);
  }, 600_000);
});
