import type { TestHouse } from './house.ts';
import { withDocuments } from './withDocuments.ts';

/** What reverts leave as it is: records, credentials, numbers drawn, and who did background work. */
const LEFT = [
  'audit',
  'attempts',
  'tickets',
  'sessions',
  'usedTokens',
  'instances',
  'leases',
  'counters',
  'heads',
].concat(['idempotency', 'contents', 'files.files', 'files.chunks', 'approvalRequests']);

/**
 * What every document says, by its place, without revisions, times of changes, and marks that are never taken back. The order
 * of lists with keys means nothing.
 */
export async function stateOf({ database: { db } }: TestHouse): Promise<Record<string, unknown>> {
  const names = (await db.listCollections().toArray()).map(({ name }) => name).filter((name) => !LEFT.includes(name));
  const filled = (await withDocuments(db, names)).sort();
  const documents = await Promise.all(filled.map((name) => db.collection(name).find().sort({ _id: 1 }).toArray()));
  const state: Record<string, unknown> = {};
  for (const [i, name] of filled.entries()) {
    for (const { _id, ...doc } of documents[i] ?? []) {
      const { revision: _r, modifiedAt: _m, epoch: _e, named: _n, disabledAt: _d, ...fields } = doc;
      for (const [field, value] of Object.entries(fields)) {
        const isKeyed = Array.isArray(value) && value.every((item) => item !== null && typeof item === 'object');
        if (isKeyed) fields[field] = value.map((item) => JSON.stringify(item)).sort();
      }
      state[`${name}/${_id}`] = fields;
    }
  }
  return state;
}
