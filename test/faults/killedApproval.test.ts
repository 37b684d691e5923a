import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Document } from 'mongodb';
import { expect, it, vi } from 'vitest';
import { LONG } from '../support/long.ts';
import { onSharedMongod, type Reply, type Running, startRunning } from '../support/running.ts';
import { serviceFolder, withSharedDatabase } from '../support/service.ts';

const ROUNDS = 30;
/** A user may have twenty open requests. */
const EACH = 8;
const PATIENCE = { timeout: 120_000, interval: 100 };

const POLICY = JSON.stringify({
  rules: [{ name: 'eyes', who: ['anybody'], commands: ['createRole'], require: { approvals: { count: 1 } } }],
});

interface Asked {
  readonly id: string;
  readonly role: string;
  readonly runsItself: boolean;
}

/** Leaves a request for the approval of making a role. */
async function ask(service: Running, role: string, runsItself: boolean): Promise<Asked> {
  const options = runsItself ? { runWhenApproved: true } : {};
  const { error } = await service.administer('admin', { command: 'createRole', params: { name: role }, ...options });
  const id = /the request ([0-9a-f]{24})/.exec(error?.message ?? '')?.[1];
  if (id === undefined) throw new Error(`no request was left: ${JSON.stringify(error)}`);
  return { id, role, runsItself };
}

const approve = (service: Running, { id }: Asked) =>
  service.administer('bob', { command: 'approve', params: { request: id, reason: 'it is right' } });

const runApproved = (service: Running, { id }: Asked) =>
  service.administer('admin', { command: 'runApproved', params: { request: id } });

/** What came of a request: its state, the role, and the records of the command that succeeded under it. */
const endsOf = (env: Record<string, string>, asked: readonly Asked[]) =>
  withSharedDatabase(env, async (db) => {
    const requests = await db.collection<Document & { _id: string }>('approvalRequests').find().toArray();
    const roles = await db.collection('roles').find({ living: true }).toArray();
    const batches = await db.collection('audit').find().toArray();
    const done = batches
      .flatMap(({ records }) => records as Document[])
      .filter(({ command, outcome }) => command === 'createRole' && outcome === 'success');
    return asked.map(({ id, role }) => ({
      role,
      state: requests.find(({ _id }) => _id === id)?.state,
      roles: roles.filter(({ name }) => name === role).length,
      records: done.filter(({ approval }) => approval?.request === id).length,
    }));
  });

it.runIf(LONG)(
  `kills in the middle of approved runs (${ROUNDS}) leave each done once with its approval used, or not done and still approved`,
  async () => {
    await using folder = await serviceFolder();
    const policy = join(folder.path, 'policy.yaml');
    await writeFile(policy, POLICY);
    const env = { ...onSharedMongod(), STEWARD_POLICY_FILE: policy };
    let service = await startRunning(folder.path, env);
    await service.administer('admin', { command: 'addUser', user: 'bob' });
    await service.administer('admin', { command: 'addAdmin', user: 'bob' });
    let unanswered = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const asked: Asked[] = [];
      for (let n = 0; n < 2 * EACH; n += 1) asked.push(await ask(service, `role ${round} ${n}`, n % 2 === 1));
      for (const one of asked) if (!one.runsItself) await approve(service, one);
      const calls = asked.map((one): Promise<Reply | undefined> => {
        const call = one.runsItself ? approve(service, one) : runApproved(service, one);
        return call.catch(() => undefined);
      });
      await Promise.race(calls);
      await sleep(Math.random() * 20);
      await service.end('SIGKILL');
      unanswered += (await Promise.all(calls)).filter((reply) => reply === undefined).length;
      for (const { state, roles, records, role } of await endsOf(env, asked)) {
        const isUsed = state === 'used' ? 1 : 0;
        expect({ role, isUsed, roles, records }).toEqual({ role, isUsed, roles: isUsed, records: isUsed });
      }
      service = await startRunning(folder.path, env);
      for (const one of asked) await (one.runsItself ? approve(service, one) : runApproved(service, one));
      await vi.waitFor(async () => {
        const ends = await endsOf(env, asked);
        expect(ends).toEqual(asked.map(({ role }) => ({ role, state: 'used', roles: 1, records: 1 })));
      }, PATIENCE);
      for (const one of asked) {
        const { error } = await runApproved(service, one);
        expect(error?.data).toBe('approval_state');
      }
    }
    expect(unanswered).toBeGreaterThan(0);
    expect(await service.end('SIGTERM')).toBe(0);
  },
  ROUNDS * 180_000,
);
