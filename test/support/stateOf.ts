import { collections } from '../../src/server/assemble.ts';
import type { TestHouse } from './house.ts';
import { documentsOf } from './withDocuments.ts';

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
].concat(['idempotency', 'contents', 'approvalRequests']);

const COMPARED = collections.map(({ name }) => name).filter((name) => !LEFT.includes(name));

/**
 * What every document says, by its place, without revisions, times of changes, and marks that are never taken back. The order
 * of lists with keys means nothing.
 */
export async function stateOf({ database: { db } }: TestHouse): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const { of, document } of await documentsOf(db, COMPARED)) {
    const { _id, revision: _r, modifiedAt: _m, epoch: _e, named: _n, disabledAt: _d, ...fields } = document;
    for (const [field, value] of Object.entries(fields)) {
      const isKeyed = Array.isArray(value) && value.every((item) => item !== null && typeof item === 'object');
      if (isKeyed) fields[field] = value.map((item) => JSON.stringify(item)).sort();
    }
    state[`${of}/${_id}`] = fields;
  }
  return state;
}
