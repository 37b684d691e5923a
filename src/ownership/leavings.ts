import { friendships } from '../identity/friends.ts';
import { roles } from '../identity/roles.ts';
import { rosterIn, rosters, withdrawn } from '../identity/roster.ts';
import { PART_SIZE } from '../jobs/parts.ts';
import { ofTree, resources } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** One kind of trace that somebody leaves beside what it owns. */
export interface Leaving {
  /** Whether there is any. */
  readonly present: (reader: Reader, principal: string) => Promise<boolean>;
  /** Takes some of it away, all of it where that is little. */
  readonly clean: (tx: Transaction, principal: string) => Promise<void>;
}

const grantsTo = (principal: string) => [
  { type: 'workspace', 'grants.principal': { $eq: principal } },
  { ...ofTree, 'grants.principal': { $eq: principal } },
];

const grants: Leaving = {
  present: async (reader, principal) => {
    for (const filter of grantsTo(principal)) {
      if ((await reader.parts(resources, filter, { fields: [] }, { limit: 1 })).length > 0) return true;
    }
    return false;
  },
  clean: async (tx, principal) => {
    for (const filter of grantsTo(principal)) {
      const wanted = { fields: ['grants'] as const, items: { grants: [principal] } };
      const found = await tx.parts(resources, filter, wanted, { limit: PART_SIZE });
      await tx.updateEach(
        resources,
        found.map((before) => ({ before, after: { ...before, grants: [] } })),
      );
    }
  },
};

const inRoles = (principal: string) => ({ 'members.principal': { $eq: principal } });

const memberships: Leaving = {
  present: async (reader, principal) =>
    (await reader.parts(roles, inRoles(principal), { fields: [] }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const wanted = { fields: ['members'] as const, items: { members: [principal] } };
    const found = await tx.parts(roles, inRoles(principal), wanted, { limit: PART_SIZE });
    await tx.updateEach(
      roles,
      found.map((before) => ({ before, after: { ...before, members: [] } })),
    );
    await withdrawn(tx);
  },
};

const friends: Leaving = {
  present: async (reader, principal) =>
    (await reader.find(friendships, { pair: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(friendships, { pair: { $eq: principal } }, { limit: PART_SIZE });
    for (const friendship of found) await tx.remove(friendships, friendship);
    await withdrawn(tx);
  },
};

/** Admins who may act as nobody but certain users: as who has left, nobody may. */
const limits: Leaving = {
  present: async (reader, principal) =>
    (await reader.find(rosters, { 'admins.as': { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const roster = await rosterIn(tx);
    const admins = roster.admins.map((admin) =>
      admin.as?.includes(principal) ? { ...admin, as: admin.as.filter((id) => id !== principal) } : admin,
    );
    await tx.update(rosters, roster, { ...roster, admins });
  },
};

/** Every kind there is, in the order in which they are taken away. */
export const leavings: readonly Leaving[] = [grants, memberships, friends, limits];
