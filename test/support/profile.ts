import type { Db, Document } from 'mongodb';
import { expect } from 'vitest';

/** What the server did for one query, as its profiler says it. */
export interface Profiled {
  readonly collection: string;
  readonly plan: string;
  readonly keysExamined: number;
  readonly docsExamined: number;
  readonly returned: number;
  /** Bytes that went to the service. */
  readonly bytes: number;
  /** True where the server sorted in memory. */
  readonly sorted: boolean;
  /** The stages of its plan, from the outermost. */
  readonly stages: readonly string[];
}

/** Every query that the work makes of these collections of a database. */
export async function profiled(
  db: Db,
  collections: readonly string[],
  work: () => Promise<unknown>,
): Promise<Profiled[]> {
  await db.command({ profile: 0 });
  await db.collection('system.profile').drop();
  // Large enough for all that one test asks.
  await db.createCollection('system.profile', { capped: true, size: 64_000_000 });
  await db.command({ profile: 2 });
  try {
    await work();
  } finally {
    await db.command({ profile: 0 });
  }
  const entries = await db
    .collection('system.profile')
    .find({
      ns: { $in: collections.map((name) => `${db.databaseName}.${name}`) },
      op: { $in: ['query', 'command', 'getmore'] },
    })
    .toArray();
  return entries.map(profileOf);
}

/** For tests that judge plans: those that were chosen for the documents of earlier tests on this database are forgotten. */
export async function forgetPlans(db: Db): Promise<void> {
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  const own = collections.filter(({ name }) => !name.startsWith('system.'));
  await Promise.all(own.map(({ name }) => db.command({ planCacheClear: name })));
}

function profileOf(entry: Document): Profiled {
  return {
    collection: String(entry.ns).slice(String(entry.ns).indexOf('.') + 1),
    plan: entry.planSummary ?? '',
    keysExamined: entry.keysExamined ?? 0,
    docsExamined: entry.docsExamined ?? 0,
    returned: entry.nreturned ?? 0,
    bytes: entry.responseLength ?? 0,
    sorted: stagesOf(entry.execStats).some((stage) => stage.startsWith('SORT') && stage !== 'SORT_MERGE'),
    stages: stagesOf(entry.execStats),
  };
}

function stagesOf(stats: Document | undefined): string[] {
  if (stats === undefined) return [];
  const inner = [stats.inputStage, stats.thenStage, stats.elseStage, ...(stats.inputStages ?? [])];
  return [String(stats.stage), ...inner.flatMap(stagesOf)];
}

/** Each query was answered by an index, in the index's order. */
export function expectIndexed(queries: readonly Profiled[]): void {
  expect(queries.length).toBeGreaterThan(0);
  for (const query of queries) {
    expect(query.plan).toMatch(/^(IXSCAN|COUNT_SCAN|IDHACK)/);
    expect(query.sorted, query.stages.join(' < ')).toBe(false);
  }
}

export const total = (queries: readonly Profiled[], what: 'keysExamined' | 'docsExamined' | 'bytes'): number =>
  queries.reduce((sum, query) => sum + query[what], 0);
