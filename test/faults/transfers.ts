import { setTimeout as sleep } from 'node:timers/promises';
import type { Db, Document } from 'mongodb';
import { expect } from 'vitest';
import type { JobView } from '../../src/base/schemas/generated.ts';
import type { Running } from '../support/running.ts';

/** How many of the items cannot be moved, since the new owner has one of that name. */
export const CLASHES = 3;

/** The service numbers its own workspaces from 1 on. */
const FIRST_NUMBER = 1_000_000;

export type Ids = Readonly<Record<string, string>>;

/** Adds the users whom {@link fill} names; their ids by name. */
export async function addOwners(service: Running): Promise<Ids> {
  const ids: Record<string, string> = {};
  for (const user of ['old', 'fresh', 'friend', 'third']) {
    const [made] = (await service.administer('admin', { command: 'addUser', user })).result as [{ id: string }];
    ids[user] = made.id;
  }
  return ids;
}

/** Plates, datasets of several owners and workspaces of the old owner; some of whose names the new one has already. */
export async function fill(db: Db, { old, fresh, friend, third }: Ids, items: number): Promise<void> {
  const at = new Date();
  const base = { revision: 1, visibility: 'private', createdAt: at, modifiedAt: at };
  const grants = [
    [],
    [{ principal: friend, level: 'read' }],
    [
      { principal: fresh, level: 'write' },
      { principal: friend, level: 'admin' },
    ],
  ];
  const workspace = (number: number, name: string, owner: string | undefined) => ({
    ...{ ...base, _id: `ws${number}`, type: 'workspace', number, name, owners: [owner], grants: [] },
    ...{ deleted: false, locked: false, meta: [] },
  });
  const docs: Document[] = Array.from({ length: items }, (_, i) => {
    if (i % 50 === 0) return workspace(FIRST_NUMBER + i, `old:w${i}`, old);
    const owners = i % 7 === 0 ? [third, old] : [old];
    const tree = { type: i % 7 === 0 ? 'manifest' : 'plate', parents: [], owners, grants: grants[i % 3] };
    return { ...base, _id: `res-${i}`, name: `item ${i}`, ...tree };
  });
  for (let i = 0; i < CLASHES; i += 1) {
    const number = FIRST_NUMBER + items + 2 * i;
    docs.push(workspace(number, `old:taken${i}`, old), workspace(number + 1, `fresh:taken${i}`, fresh));
  }
  for (let i = 0; i < items / 10; i += 1) {
    docs.push({ ...base, _id: `res-x${i}`, type: 'plate', name: `x ${i}`, parents: [], owners: [third], grants: [] });
  }
  const workspaces = docs.filter(({ type }) => type === 'workspace');
  const tree = docs.filter(({ type }) => type !== 'workspace');
  for (let i = 0; i < docs.length; i += 5_000) {
    const [some, others] = [workspaces, tree].map((all) => all.slice(i, i + 5_000));
    if (some?.length) await db.collection('workspaces').insertMany(some as never[]);
    if (others?.length) await db.collection('resources').insertMany(others as never[]);
  }
}

const COLLECTIONS = ['workspaces', 'resources'];

interface Standing {
  readonly revision: number;
  readonly owners: readonly string[];
  readonly name: string;
  readonly visibility: string;
  readonly grants: readonly string[];
}

export async function standings(db: Db): Promise<Map<string, Standing>> {
  const found: Document[] = [];
  for (const name of COLLECTIONS) {
    found.push(...(await db.collection(name).find({}, { batchSize: 10_000 }).toArray()));
  }
  return new Map(
    found.map(({ _id, revision, owners, name, visibility, grants }) => {
      const sorted = (grants as Document[]).map((g) => `${g.principal} ${g.level}`).sort();
      return [String(_id), { revision, owners, name, visibility, grants: sorted }];
    }),
  );
}

export const withoutRevisions = (all: ReadonlyMap<string, Standing>) =>
  new Map([...all].map(([id, { revision: _, ...standing }]) => [id, standing]));

/** Those of the old owner moved, once; of nobody else did any right change, and nothing else changed at all. */
export function expectMoved(
  before: ReadonlyMap<string, Standing>,
  after: ReadonlyMap<string, Standing>,
  { old = '', fresh = '' }: Ids,
): void {
  const expected = new Map(
    [...before].map(([id, standing]): [string, Standing] => {
      const { owners, name, grants, revision } = standing;
      if (!owners.includes(old) || name.startsWith('old:taken')) return [id, standing];
      const others = grants.filter((g) => !g.startsWith(`${fresh} `));
      const isWorkspace = id.startsWith('ws');
      return [
        id,
        {
          ...standing,
          revision: revision + 1,
          owners: owners.map((owner) => (owner === old ? fresh : owner)),
          name: isWorkspace ? name.replace('old:', 'fresh:') : name,
          grants: isWorkspace ? [...others, `${old} admin`].sort() : others,
        },
      ];
    }),
  );
  expect(after).toEqual(expected);
}

/** The ids that the job's records name. */
export async function recorded(db: Db, job: string): Promise<string[]> {
  const batches = await db
    .collection('audit')
    .find({ 'records.resources': `jobs/${job}` })
    .toArray();
  return batches
    .flatMap((batch) => batch.records as Document[])
    .flatMap((record) => record.changes as Document[])
    .filter((change) => COLLECTIONS.includes(change.collection))
    .map((change) => String(change.id));
}

export function expectEachRecordedOnce(
  before: ReadonlyMap<string, Standing>,
  changes: readonly string[],
  { old = '' }: Ids,
): void {
  const moved = [...before].filter(([, { owners, name }]) => owners.includes(old) && !name.startsWith('old:taken'));
  expect([...changes].sort()).toEqual(moved.map(([id]) => id).sort());
}

/** The result of a command, also where mongod is on its way back; with the same key, that of the first time. */
export async function result(service: Running, command: object, key = JSON.stringify(command)): Promise<JobView> {
  const keyed = { ...command, idempotencyKey: key };
  for (;;) {
    const reply = await service.administer('admin', keyed);
    if (reply.status === 200) return reply.result?.[0] as JobView;
    expect(reply.error?.data).toMatch(/^(database_unavailable|audit_unavailable|outcome_unknown|conflict_busy)$/);
    await sleep(100);
  }
}

export async function ended(service: Running, id: string): Promise<JobView> {
  for (;;) {
    const view = await viewOf(service, id);
    if (view !== undefined && view.state !== 'running') return view;
    await sleep(200);
  }
}

/** Waits until another part is done. */
export async function progress(service: Running, id: string): Promise<void> {
  for (let first: number | undefined; ; ) {
    const view = await viewOf(service, id);
    first ??= view?.moved;
    if (view !== undefined && (view.moved !== first || view.state !== 'running')) return;
    await sleep(20);
  }
}

/** Undefined while mongod is on its way back. */
async function viewOf(service: Running, id: string): Promise<JobView | undefined> {
  const reply = await service.administer('admin', { command: 'getJob', params: { id } });
  return reply.result?.[0] as JobView | undefined;
}
