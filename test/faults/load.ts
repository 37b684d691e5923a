import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { Reply, Running } from '../support/running.ts';
import { type Books, expectBalance, expectOneRecordACall, expectReceiptsKept } from './books.ts';

/** {@link commandOf} says what each of them does. */
const CLIENTS = [...Array(16).keys()];
/** One that changes administrators, one that adds users, and two that make workspaces and give them away. */
export const FEW_CLIENTS = [0, 4, 10, 11];
export const ADMINS = ['ann', 'bea', 'cec', 'dot'];

export interface Attempt {
  readonly command: {
    readonly command: string;
    readonly user: string;
    readonly params?: object;
    readonly idempotencyKey?: string;
  };
  /** Undefined when no answer came. */
  readonly reply: Reply | undefined;
}

/**
 * Clients that add users, make and unmake admins, and make workspaces and give them away, until they are stopped; each
 * call's outcome is kept.
 */
export function load(
  service: Running,
  round: number,
  clients: readonly number[] = CLIENTS,
): { answered(calls: number): Promise<void>; stop(): Promise<Attempt[]> } {
  const attempts: Attempt[] = [];
  let stopped = false;
  const working = clients.map(async (client) => {
    for (let n = 0; !stopped; n += 1) {
      const command = commandOf(round, client, n);
      const reply = await service.administer('admin', command).catch(() => undefined);
      attempts.push({ command, reply });
      if (reply === undefined || reply.status !== 200) await sleep(20);
    }
  });
  return {
    answered: (calls) =>
      vi.waitFor(() => expect(attempts.filter((a) => a.reply?.status === 200).length).toBeGreaterThanOrEqual(calls), {
        timeout: 180_000,
        interval: 2,
      }),
    stop: async () => {
      stopped = true;
      await Promise.all(working);
      return attempts;
    },
  };
}

function commandOf(round: number, client: number, n: number): Attempt['command'] {
  if (client < 4) {
    const user = ADMINS[(client + n) % ADMINS.length] ?? 'ann';
    return { command: n % 2 === 0 ? 'addAdmin' : 'removeAdmin', user };
  }
  if (client >= 10) {
    const [owner = '', next = ''] = [ADMINS[client % ADMINS.length], ADMINS[(client + 1) % ADMINS.length]];
    const name = (count: number) => `w_${round}_${client}_${count}`;
    return n % 3 === 2
      ? { command: 'setWorkspaceOwner', user: owner, params: { wsi: { workspace: name(n - 1) }, new_user: next } }
      : { command: 'createWorkspace', user: owner, params: { workspace: name(n) }, idempotencyKey: name(n) };
  }
  const user = `u-${round}-${client}-${n}`;
  return { command: 'addUser', user, ...(client % 2 === 0 ? { idempotencyKey: user } : {}) };
}

/** Repeats what has an idempotency key and was not answered with success, a few at a time; each must succeed now. */
export async function repeatUnanswered(service: Running, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const answered = new Set(attempts.filter((a) => a.reply?.status === 200).map((a) => a.command.idempotencyKey));
  const open = attempts.filter(({ command: { idempotencyKey: key } }) => key !== undefined && !answered.has(key));
  const repeated: Attempt[] = [];
  const client = async () => {
    for (let next = open.pop(); next !== undefined; next = open.pop()) repeated.push(await repeat(service, next));
  };
  await Promise.all(CLIENTS.map(client));
  return repeated;
}

async function repeat(service: Running, { command }: Attempt): Promise<Attempt> {
  for (;;) {
    const reply = await service.administer('admin', command);
    if (reply.status === 200) return { command, reply };
    // mongod is on its way back; anything but "not now" is an answer, and the wrong one.
    expect(reply.error?.data).toMatch(/^(database_unavailable|audit_unavailable|outcome_unknown|conflict_busy)$/);
    await sleep(100);
  }
}

/** Expects the effect and the record of each answered call, once, and of each unanswered one at most once. */
export function expectNothingLost(attempts: readonly Attempt[], books: Books): void {
  expectBalance(books);
  expectOneRecordACall(books);
  expectReceiptsKept(
    attempts.flatMap(({ reply }) => (reply?.status === 200 ? [reply] : [])),
    books,
  );
  expectEachOnce(attempts, books, 'addUser', 'principals', ({ user }) => user, 'username');
  expectEachOnce(attempts, books, 'createWorkspace', 'workspaces', ({ idempotencyKey }) => idempotencyKey, 'name');
}

/** Every name was given at most once, and surely where the call, or its repetition, was answered with success. */
function expectEachOnce(
  attempts: readonly Attempt[],
  { documents }: Books,
  command: string,
  collection: string,
  nameIn: (command: Attempt['command']) => string | undefined,
  field: string,
): void {
  const names = documents.filter((d) => d.collection === collection).map((d) => d[field]);
  const present = new Set(names);
  expect(present.size).toBe(names.length);
  const made = attempts.filter((a) => a.command.command === command && a.reply?.status === 200);
  expect(made.length).toBeGreaterThan(0);
  expect(made.filter((a) => !present.has(nameIn(a.command)))).toEqual([]);
}
