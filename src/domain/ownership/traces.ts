import { friendships } from '../../identity/friends.ts';
import { type Party, partyById } from '../../identity/party.ts';
import { namedAccounts, type StoredCaller } from '../../identity/qualified.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import { roles } from '../../identity/roles.ts';
import { advanceEpoch, rosterIn, rosters } from '../../identity/roster.ts';
import { outbox } from '../../notices/outbox.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { type ApprovalRequest, approvalRequests, titleOf } from '../approvals/request.ts';
import { moduleRequests, modules } from '../modules/module.ts';
import { passOwnership } from '../modules/owners.ts';
import { resourceCollections } from '../resources/collections.ts';
import type { Effect } from './planMoves.ts';

/** The user whom a plan is about, with the names that it shows. */
export interface DepartingUser {
  readonly id: string;
  readonly name: string;
  /** A name. */
  readonly successor: string;
  readonly nameOf: (id: string) => Promise<string>;
}

/** A kind of data that names a user, other than the resources that they own, and that off-boarding removes. */
export interface Trace {
  readonly preview: (tx: Transaction, user: DepartingUser) => AsyncGenerator<Effect>;
  /** Whether there is any. */
  readonly present: (reader: Reader, principal: string) => Promise<boolean>;
  /** Removes as much as fits into one transaction, or passes it on to `successor`, the id of a party. */
  readonly clean: (tx: Transaction, principal: string, successor: string) => Promise<void>;
}

const grantsTo = (principal: string) => ({ 'grants.principal': { $eq: principal } });

const grants: Trace = {
  async *preview(tx, { id, name }) {
    const limit = tx.limits.perPart;
    for (const from of resourceCollections) {
      for (let after = ''; ; ) {
        const wanted = { fields: ['type', 'name', 'grants'] as const, items: { grants: [id] } };
        const options = { sort: { _id: 1 }, limit } as const;
        const found = await tx.parts(from, { ...grantsTo(id), _id: { $gt: after } }, { ...wanted, ...options });
        for (const {
          _id,
          revision,
          type,
          name: label,
          grants: [grant],
        } of found) {
          const would = `Would take the ${grant?.level} right on the ${type} ${label} from ${name}`;
          yield { of: [_id, revision], would };
        }
        if (found.length < limit) break;
        after = found.at(-1)?._id ?? '';
      }
    }
  },
  present: async (reader, principal) => {
    for (const from of resourceCollections) {
      if ((await reader.parts(from, grantsTo(principal), { fields: [], limit: 1 })).length > 0) return true;
    }
    return false;
  },
  clean: async (tx, principal) => {
    for (const from of resourceCollections) {
      const wanted = { fields: ['grants'] as const, items: { grants: [principal] } };
      const found = await tx.parts(from, grantsTo(principal), { ...wanted, limit: tx.limits.perPart });
      await tx.updateEach(
        from,
        found.map((before) => ({ before, after: { ...before, grants: [] } })),
      );
    }
  },
};

const inRoles = (principal: string) => ({ 'members.principal': { $eq: principal } });

const memberships: Trace = {
  async *preview(reader, { id, name }) {
    for (const role of await reader.parts(roles, inRoles(id), { fields: ['name'], sort: { _id: 1 } })) {
      yield { of: [role._id, role.revision], would: `Would take ${name} out of the role ${role.name}` };
    }
  },
  present: async (reader, principal) =>
    (await reader.parts(roles, inRoles(principal), { fields: [], limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const wanted = { fields: ['members', 'size'] as const, items: { members: [principal] } };
    const found = await tx.parts(roles, inRoles(principal), { ...wanted, limit: tx.limits.perPart });
    await tx.updateEach(
      roles,
      found.map((before) => ({ before, after: { ...before, members: [], size: before.size - 1 } })),
    );
    await advanceEpoch(tx);
  },
};

const friends: Trace = {
  async *preview(reader, { id, name, nameOf }) {
    for (const known of await reader.find(friendships, { pair: { $eq: id } }, { sort: { _id: 1 } })) {
      const other = await nameOf(known.pair.find((one) => one !== id) ?? id);
      yield { of: [known._id, known.revision], would: `Would end the friendship of ${name} and ${other}` };
    }
  },
  present: async (reader, principal) =>
    (await reader.find(friendships, { pair: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(friendships, { pair: { $eq: principal } }, { limit: tx.limits.perPart });
    for (const friendship of found) await tx.remove(friendships, friendship);
    await advanceEpoch(tx);
  },
};

/** Limits of administrators who may act only as certain users. */
const limits: Trace = {
  async *preview(reader, { id, name, nameOf }) {
    for (const roster of await reader.find(rosters, { 'admins.as': { $eq: id } })) {
      for (const admin of roster.admins.filter(({ as }) => as?.includes(id))) {
        const would = `Would take ${name} from those as whom the administrator ${await nameOf(admin.principal)} may act`;
        yield { of: [admin.principal], would };
      }
    }
  },
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

/** Modules are no resources but have owners: the successor replaces the user. */
const typeModules: Trace = {
  async *preview(reader, { id, name, successor }) {
    for (const module of await reader.find(modules, ownedModules(id), { sort: { _id: 1 } })) {
      const would = `Would make ${successor} an owner of the module ${module._id} in the place of ${name}`;
      yield { of: [module._id, module.revision], would };
    }
  },
  present: async (reader, principal) => (await reader.find(modules, ownedModules(principal), { limit: 1 })).length > 0,
  clean: async (tx, principal, successor) => {
    const party = await partyById(tx, successor);
    await pinReceivers(tx, [successor]);
    for (const module of await tx.find(modules, ownedModules(principal), { limit: tx.limits.perPart })) {
      await tx.update(modules, module, passOwnership(module, principal, userIn(party)));
    }
  },
};

/** Only users can own modules. */
const userIn = (party: Party): string | undefined => (party.kind === 'user' ? party.id : undefined);

/** @throws last_module_owner for a module that the party cannot own and of which no other owner can make owners */
export async function assertModulesCanGo(reader: Reader, principal: string, to: Party): Promise<void> {
  const found = await reader.find(modules, ownedModules(principal));
  for (const module of found) passOwnership(module, principal, userIn(to));
}

const requests: Trace = {
  async *preview(reader, { id, name }) {
    for (const request of await reader.find(moduleRequests, { requester: { $eq: id } }, { sort: { _id: 1 } })) {
      const would = `Would drop the request of ${name} for the module ${request._id}`;
      yield { of: [request._id, request.revision], would };
    }
  },
  present: async (reader, principal) =>
    (await reader.find(moduleRequests, { requester: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(moduleRequests, { requester: { $eq: principal } }, { limit: tx.limits.perPart });
    for (const request of found) await tx.remove(moduleRequests, request);
  },
};

const naming = (principal: string) => ({ $or: [{ names: { $eq: principal } }, { deciders: { $eq: principal } }] });

/** Requests for approval that the user made or that are about them are dropped, and their approvals of others. */
const approvals: Trace = {
  async *preview(reader, { id, name }) {
    for (const request of await reader.find(approvalRequests, naming(id), { sort: { _id: 1 } })) {
      const approval = isDeciderOnly(request, id) ? `the approval by ${name} of` : 'the request for approval of';
      yield {
        of: [request._id, request.revision],
        would: `Would drop ${approval} ${titleOf(request)} (${request._id})`,
      };
    }
  },
  present: async (reader, principal) =>
    (await reader.parts(approvalRequests, naming(principal), { fields: [], limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    for (const request of await tx.find(approvalRequests, naming(principal), { limit: tx.limits.perPart })) {
      if (isDeciderOnly(request, principal)) await tx.update(approvalRequests, request, without(request, principal));
      else await tx.remove(approvalRequests, request);
    }
  },
};

/** Whether the request names somebody only as one who approved it. */
const isDeciderOnly = ({ names, decision }: ApprovalRequest, principal: string): boolean =>
  !names.includes(principal) && !(decision !== undefined && isBy(decision.by, principal));

const isBy = (caller: StoredCaller, principal: string) => namedAccounts(caller).some(({ id }) => id === principal);

const without = (request: ApprovalRequest, principal: string): ApprovalRequest => ({
  ...request,
  approvals: request.approvals.filter(({ by }) => !isBy(by, principal)),
  deciders: request.deciders.filter((id) => id !== principal),
});

/** E-mails that wait to be sent. They are few, so that this needs no index. */
const emails: Trace = {
  async *preview(reader, { id, name }) {
    const waiting = await reader.count(outbox, { to: { $eq: id } });
    // Their number is not part of the plan's hash, since they are being sent meanwhile.
    if (waiting > 0) yield { of: [], would: `Would drop the e-mails to ${name} that wait to be sent` };
  },
  present: async (reader, principal) =>
    (await reader.find(outbox, { to: { $eq: principal } }, { limit: 1 })).length > 0,
  clean: async (tx, principal) => {
    const found = await tx.find(outbox, { to: { $eq: principal } }, { limit: tx.limits.perPart });
    for (const email of found) await tx.remove(outbox, email);
  },
};

/** In the order in which they are removed. */
export const traceKinds: readonly Trace[] = [
  grants,
  memberships,
  friends,
  limits,
  typeModules,
  requests,
  approvals,
  emails,
];
