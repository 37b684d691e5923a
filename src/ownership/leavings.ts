import { friendships } from '../identity/friends.ts';
import { roles } from '../identity/roles.ts';
import { rosterIn, rosters, withdrawn } from '../identity/roster.ts';
import { PART_SIZE } from '../jobs/parts.ts';
import { moduleRequests, modules } from '../modules/module.ts';
import { passOwnership } from '../modules/owners.ts';
import { outbox } from '../notices/outbox.ts';
import { ofTree, resources } from '../resources/resource.ts';
import type { Reader } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { assertCanReceive, type Party, partyById } from './party.ts';

/** One kind of trace that somebody leaves beside what it owns. */
export interface Leaving {
  /** Whether there is any. */
  readonly present: (reader: Reader, principal: string) => Promise<boolean>;
  /** Takes some of it away, all of it where that is little. What somebody must have goes to `heir`, the id of a party. */
  readonly clean: (tx: Transaction, principal: string, heir: string) => Promise<void>;
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
    const wanted = { fields: ['members', 'size'] as const, items: { members: [principal] } };
    const found = await tx.parts(roles, inRoles(principal), wanted, { limit: PART_SIZE });
    await tx.updateEach(
      roles,
      found.map((before) => ({ before, after: { ...before, members: [], size: before.size - 1 } })),
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

const ownedModules = (principal: string) => ({ 'owners.principal': { $eq: principal } });

/** Who may register types in a module is no owner of a resource, and yet an owner: the heir takes the place. */
const typeModules: Leaving = {
  present: async (reader, principal) => (await reader.find(modules, ownedModules(principal), { limit: 1 })).length > 0,
  clean: async (tx, principal, heir) => {
    const party = await partyById(tx, heir);
    assertCanReceive(party);
    for (const module of await tx.find(modules, ownedModules(principal), { limit: PART_SIZE })) {
      await tx.update(modules, module, passOwnership(module, principal, userIn(party)));
    }
  },
};

/** Only users own modules. */
const userIn = (party: Party): string | undefined => (party.kind === 'user' ? party.id : undefined);

/**
 * Every module that this principal owns can go to the party, or has another owner who can make others owners.
 *
 * @throws last_module_owner
 */
export async function assertModulesCanGo(reader: Reader, principal: string, to: Party): Promise<void> {
  const found = await reader.find(modules, ownedModules(principal));
  for (const module of found) passOwnership(module, principal, userIn(to));
}

const requests: Leaving = {
  present: async (reader, principal) =>
    (await reader.find(moduleRequests, { requester: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(moduleRequests, { requester: { $eq: principal } }, { limit: PART_SIZE });
    for (const request of found) await tx.remove(moduleRequests, request);
  },
};

/** What was still to be sent. Few wait at any time, so that they need no index for this. */
const letters: Leaving = {
  present: async (reader, principal) =>
    (await reader.find(outbox, { to: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(outbox, { to: { $eq: principal } }, { limit: PART_SIZE });
    for (const letter of found) await tx.remove(outbox, letter);
  },
};

/** Every kind there is, in the order in which they are taken away. */
export const leavings: readonly Leaving[] = [grants, memberships, friends, limits, typeModules, requests, letters];
