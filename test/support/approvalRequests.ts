import { type ApprovalRequest, approvalRequests } from '../../src/domain/approvals/request.ts';
import type { StoredCaller } from '../../src/identity/qualified.ts';
import type { Database } from '../../src/store/database.ts';

export const callerNamed = (id: string): StoredCaller => ({
  person: { id, name: id },
  roles: [],
  address: '192.0.2.1',
});

/** An open request of `ann`, with other fields. */
export function requestWith(fields: Partial<ApprovalRequest> = {}): ApprovalRequest {
  const { requester = callerNamed('ann'), _id = '6b04e15c3413ffb9138e1bc4' } = fields;
  const now = Date.now();
  return {
    _id,
    revision: 1,
    state: 'open',
    requester,
    command: 'createRole',
    params: '{"name":"asked"}',
    runnable: true,
    about: [],
    call: `the call of ${_id}`,
    plan: '0'.repeat(64),
    effect: 'the effect',
    changes: '[]',
    moreChanges: 0,
    quorums: [{ rule: 'a rule', count: 1 }],
    approvals: [],
    requestedAt: new Date(now),
    expiresAt: new Date(now + 3_600_000),
    names: [requester.person.id],
    deciders: [],
    purgeAt: new Date(now + 7_200_000),
    ...fields,
  };
}

/** Stores requests as they are, without a record. */
export async function storeRequests(database: Database, ...requests: readonly ApprovalRequest[]): Promise<void> {
  await database.db.collection<ApprovalRequest>(approvalRequests.name).insertMany([...requests]);
}
