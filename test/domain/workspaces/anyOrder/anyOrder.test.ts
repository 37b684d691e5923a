import fc from 'fast-check';
import type { Document } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { StewardError } from '../../../../src/base/errors.ts';
import { commandsBySubject, methodsBySubject } from '../../../../src/operations/index.ts';
import type { StoredRecord } from '../../../support/house.ts';
import { LONG } from '../../../support/long.ts';
import { replayed, withSortedLists } from '../../../support/replayed.ts';
import { openWorld, type World } from '../world.ts';
import { apply, type Expectation, type Expected, expectation, strength } from './expectation.ts';
import { type Operation, operation, PENDING, PRELUDE, SIGNED_IN, TRIED_COMMANDS, TRIED_METHODS } from './operations.ts';

const RUNS = LONG ? 120 : 2;
const OPERATIONS = 50;

/** The collections that an operation may change. */
const COLLECTIONS = ['principals', 'roster', 'workspaces'];

describe('any writes in any order by any callers', () => {
  it('include all that write workspaces', () => {
    const writes = (called: readonly { name: string; effect: string }[]) =>
      called.filter((c) => c.effect === 'write').map((c) => c.name.replace('Workspace.', ''));
    const [commands = [], methods = []] = [commandsBySubject, methodsBySubject].map((all) => all.get('Workspaces'));
    expect(writes(commands).sort()).toEqual(TRIED_COMMANDS.toSorted());
    expect(writes(methods).sort()).toEqual(TRIED_METHODS.toSorted());
  });

  it(
    'do what the documentation says, as their dry run showed, give nobody what is not theirs, and are recorded',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { minLength: OPERATIONS, maxLength: OPERATIONS }), async (operations) => {
          await using world = await populated();
          const expected = expectation();
          for (const op of [...PRELUDE, ...operations]) {
            const planned = op.via === 'command' ? await dryRun(world, op) : undefined;
            const known = (await world.records()).length;
            const outcome = await settled(call(world, op, planned?.value?.plan));
            const [record, ...others] = (await world.records()).slice(known);
            expect([op, others]).toEqual([op, []]);
            expect([op, outcome.error?.reason, apply(expected, op)]).toEqual([
              op,
              outcome.error?.reason,
              !outcome.error,
            ]);
            if (planned !== undefined) expectAsPlanned(op, planned, outcome, record);
            await expectState(world, expected);
          }
          await expectReplay(world);
          await expectAccess(world, expected);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    },
    LONG ? 1_800_000 : 180_000,
  );
});

/** The world that {@link expectation} expects, with a clock that always moves. */
async function populated(): Promise<World> {
  let milliseconds = Date.now();
  const now = () => {
    milliseconds += 1;
    return new Date(milliseconds);
  };
  const world = await openWorld({ now });
  await world.meet(...SIGNED_IN);
  await world.run('addUser', undefined, PENDING);
  return world;
}

interface Plan {
  readonly plan: string;
  readonly changes: unknown[];
}

interface Outcome<T> {
  readonly value?: T;
  readonly error?: StewardError;
}

async function settled<T>(work: Promise<unknown>): Promise<Outcome<T>> {
  try {
    return { value: (await work) as T };
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    return { error };
  }
}

async function call(world: World, { actor, via, name, params, user }: Operation, plan?: string): Promise<unknown> {
  if (via === 'method') return world.call(actor, name, params);
  const object = { command: name, params, user, ...(plan === undefined ? {} : { plan }) };
  return (await world.administer(actor ?? '', object)).result;
}

async function dryRun(world: World, { actor, name, params, user }: Operation): Promise<Outcome<Plan>> {
  const before = await contents(world);
  const object = { command: name, params, user, dryRun: true };
  const planned = await settled<Plan>(world.administer(actor ?? '', object).then((answer) => answer.result));
  expect(await contents(world)).toEqual(before);
  return planned;
}

/** Hashes of everything that is stored, without the audit. */
async function contents(world: World): Promise<unknown> {
  const { collections } = await world.database.db.command({ dbHash: 1 });
  const { audit: _, ...others } = collections as Record<string, string>;
  return others;
}

/** The call has the outcome of its dry run, and its record has the changes of the plan. */
function expectAsPlanned(
  op: Operation,
  planned: Outcome<Plan>,
  outcome: Outcome<unknown>,
  record: StoredRecord | undefined,
): void {
  const { error } = outcome;
  expect([op, planned.error?.reason, planned.error?.message]).toEqual([op, error?.reason, error?.message]);
  if (error?.reason === 'account_disabled' || error?.reason === 'account_closed') {
    // A caller who is not identified leaves no record.
    expect([op, record]).toEqual([op, undefined]);
  } else if (error !== undefined) {
    expect([op, record]).toMatchObject([op, { error: error.reason, changes: [] }]);
  } else {
    expect([op, record?.outcome, withPlaceholders(record)]).toEqual([op, 'success', planned.value?.changes]);
  }
}

/** The changes of a record with placeholders for assigned values, as in a plan. */
function withPlaceholders(record: StoredRecord | undefined): unknown {
  const changes = record?.changes as { op: string; id: string; collection: string }[];
  const made = changes.find((c) => c.op === 'insert' && c.collection === 'workspaces')?.id;
  const number = made === undefined ? undefined : Number(made.slice('ws'.length));
  const text = JSON.stringify(changes, (key, value) =>
    value === made || (key === 'number' && value === number) ? '<id>' : value,
  );
  const instant = JSON.stringify(record?.at);
  return JSON.parse(text.replaceAll(instant, '"<instant>"'), (key, value) =>
    ISO.test(value) && key !== 'description' ? new Date(value) : value,
  );
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Workspaces, accounts and admin rights are as expected. */
async function expectState(world: World, { workspaces, people, admins }: Expectation): Promise<void> {
  const nameOf = await namesById(world);
  const stored = await world.contents('workspaces');
  const shown = stored.map((w) => shownAs(w, nameOf)).sort((a, b) => a.number - b.number);
  expect(shown).toEqual(workspaces.map((w) => ({ ...w, grants: pairs(w.grants), meta: pairs(w.meta) })));
  const listed = (await world.contents('roster')).flatMap((r) => r.admins as { principal: string }[]);
  expect(listed.map((a) => nameOf(a.principal)).sort()).toEqual(
    [...admins.keys()].filter((name) => name !== 'boss').sort(),
  );
  const accounts = (await world.contents('principals')).map((p) => [
    p.username,
    STATES[p.state as keyof typeof STATES],
  ]);
  const there = [...people].map(([name, { account }]) => [name, account]);
  // A pending user whom nothing names is removed altogether.
  const erased = people.get(PENDING)?.account === 'closed' && !accounts.some(([name]) => name === PENDING);
  expect(accounts.sort()).toEqual(there.filter(([name]) => !(erased && name === PENDING)).sort());
}

const STATES = { active: 'open', pending: 'open', disabled: 'disabled', former: 'closed' } as const;

/** Every id that a resource or the roster names is that of a user. */
async function namesById(world: World): Promise<(id: string) => string> {
  const names = new Map((await world.contents('principals')).map((p) => [p._id, String(p.username)]));
  return (id) => names.get(id) ?? `nobody has the id ${id}`;
}

interface StoredWorkspace {
  readonly owners: readonly string[];
  readonly grants: readonly { principal: string; level: string }[];
  readonly meta: readonly { key: string; value: string }[];
}

function shownAs(workspace: Record<string, unknown>, nameOf: (id: string) => string) {
  const { owners, grants, meta } = workspace as unknown as StoredWorkspace;
  const { number, name, visibility, locked, deleted, description } = workspace as unknown as Expected & {
    visibility: string;
  };
  return {
    ...{ number, name, locked, deleted, description },
    owner: owners.map(nameOf).join(' and '),
    open: visibility === 'public',
    grants: grants.map(({ principal, level }) => [nameOf(principal), level.charAt(0)]).sort(),
    meta: meta.map(({ key, value }) => [key, value]).sort(),
  };
}

const pairs = (map: ReadonlyMap<string, string>) => [...map].sort();

/** Receivers are touched, so that they are not closed meanwhile; this only raises the revision. */
const withoutRevision = ({ revision: _, ...document }: Document): Document => document;

/** Every effect has its record, and every record its effect: what is stored can be rebuilt from the records. */
async function expectReplay(world: World): Promise<void> {
  const records = await world.records();
  for (const name of COLLECTIONS) {
    const shown = (documents: Document[]) => (name === 'principals' ? documents.map(withoutRevision) : documents);
    expect(shown(replayed(records, name))).toEqual(shown((await world.contents(name)).map(withSortedLists)));
  }
  for (const { _id, state, named } of await world.contents('principals')) {
    const held = (await world.contents('workspaces')).some((w) => JSON.stringify(w).includes(JSON.stringify(_id)));
    if (state === 'pending' && held) expect([_id, named]).toEqual([_id, true]);
  }
}

/** All users can read, write and administer exactly what is expected. */
async function expectAccess(world: World, { people, workspaces }: Expectation): Promise<void> {
  const callers = [null, ...SIGNED_IN.filter((name) => people.get(name)?.account === 'open')];
  for (const caller of callers) {
    const reached = (least: number) => workspaces.filter((w) => strength(w, caller) >= least).map((w) => w.number);
    for (const [perm, least] of [
      ['r', 1],
      ['w', 2],
      ['a', 3],
    ] as const) {
      const listed = await world.call(caller, 'list_workspace_ids', { perm, excludeGlobal: 0 });
      const { workspaces: own, pub } = listed as Record<string, number[]>;
      expect([caller, perm, [...(own ?? []), ...(pub ?? [])].sort((a, b) => a - b)]).toEqual([
        caller,
        perm,
        reached(least),
      ]);
    }
    for (const workspace of workspaces) {
      const { value, error } = await settled<unknown[]>(
        world.call(caller, 'get_workspace_info', { id: workspace.number }),
      );
      const own = caller === workspace.owner ? 'a' : (workspace.grants.get(caller ?? '') ?? 'n');
      const readable = strength(workspace, caller) >= 1;
      expect([caller, workspace, error?.reason, value?.[5]]).toEqual([
        caller,
        workspace,
        readable ? undefined : workspace.deleted ? 'workspace_deleted' : 'permission_denied',
        readable ? own : undefined,
      ]);
    }
  }
}
