import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Expiring } from '../../base/expiry.ts';
import { rolesShown } from '../../identity/admins.ts';
import { boundNames } from '../../identity/boundNames.ts';
import { isConfigured } from '../../identity/configuredAdmins.ts';
import { addErased, deleteUser, disableUser, enableUser, renameUser } from '../../identity/directory.ts';
import { friendships } from '../../identity/friends.ts';
import { passkeys } from '../../identity/passkeys.ts';
import { passwords } from '../../identity/passwords.ts';
import { principals, wireName } from '../../identity/principal.ts';
import { usedTokens } from '../../identity/proofs.ts';
import { covers } from '../../identity/rank.ts';
import { pinReceivers } from '../../identity/receivers.ts';
import { type Role, roleName, roles } from '../../identity/roles.ts';
import { advanceEpoch, assertAdminRemains, type RosterEntry, rosters } from '../../identity/roster.ts';
import { sessions } from '../../identity/sessions.ts';
import { tickets } from '../../identity/tickets.ts';
import { totpEnrolments } from '../../identity/totp.ts';
import type { Reader } from '../../store/collection.ts';
import { resourceCollections } from '../resources/collections.ts';
import { holding } from './inverse.ts';
import { loadPrincipal, nameOf, namesOf } from './inverseNames.ts';
import { type ImpliedCall, type InverseRule, KEPT, kept, never, type Reverting, rule } from './inverseRules.ts';

const CREDENTIALS = 'credentials are never reverted';
const NO_ADDRESSES = 'the audit keeps e-mail addresses only as HMACs, so the earlier one is not known';
const CLOSED = 'a closed account cannot be opened again';

const unlessEnded = (item: unknown, now: Date) => holding(item as Expiring | undefined, now);

async function addingAdmin(reader: Reader, { principal, ...entry }: RosterEntry): Promise<ImpliedCall> {
  const { role, commands, as, delegatedOnly, expires } = entry;
  const params = {
    ...defined({ commands, delegatedOnly, expires: expires?.toISOString() }),
    ...(role === 'full' ? {} : { role }),
    ...(as === undefined ? {} : { as: [...(await namesOf(reader, as)), ...rolesShown(entry)] }),
  };
  return { command: 'addAdmin', user: await nameOf(reader, principal), params };
}

const rosterRule = rule({
  of: rosters,
  fields: {
    admins: async ({ key = '', after }, _, reader) => [
      after === undefined
        ? { command: 'removeAdmin', user: await nameOf(reader, key), params: {} }
        : await addingAdmin(reader, after as RosterEntry),
    ],
    // It only ever rises, so that every instance notices what was withdrawn.
    epoch: KEPT,
    bindings: { never: 'a name in the configuration stays bound to the first account that had it' },
    broken: { never: 'break-glass is reviewed, not reverted' },
  },
  inserted: { never: 'the roster is never removed' },
  removed: { never: 'the roster is never removed' },
  counting: unlessEnded,
  // What addAdmin and removeAdmin check.
  check: async ({ tx, by, mayGive }, { present, before, fields }) => {
    if (present === null || before === null) return;
    if (by.rules.tokenRoles !== undefined) throw refuse('roles_delegated');
    for (const { before: held, after: given } of fields as readonly Changed<RosterEntry>[]) {
      const id = (given ?? held)?.principal ?? '';
      const target = await loadPrincipal(tx, id);
      if (isConfigured(by.rules, present, target)) throw refuse('protected_admin', wireName(target));
      for (const rights of [held, given]) {
        if (rights === undefined || covers(by.actor.rank, rights)) continue;
        if (rights === held && given === undefined && by.actor.principal._id === id) continue;
        throw refuse('exceeds_own_rights', wireName(by.actor.principal));
      }
      if (given === undefined) continue;
      await pinReceivers(tx, [id, ...(given.as ?? [])]);
      await mayGive(target, given);
    }
  },
  settle: ({ tx, by }) => assertAdminRemains(tx, by.rules),
});

interface Changed<T> {
  readonly path: string;
  readonly before?: T;
  readonly after?: T;
}

const principalRule = rule({
  of: principals,
  fields: {
    state: async ({ after }, { present }) => {
      if (after === 'disabled') return [{ command: 'disableUser', user: wireName(present), params: {} }];
      return [{ command: 'enableUser', user: wireName(present), params: {} }];
    },
    username: async ({ after }, { present }) => [
      { command: 'renameUser', user: wireName(present), params: { newName: after } },
    ],
    named: KEPT,
    email: { never: NO_ADDRESSES },
    living: { never: CLOSED },
    closedAt: { never: CLOSED },
    disabledAt: KEPT,
    issuer: { never: CREDENTIALS },
    subject: { never: CREDENTIALS },
    tokenName: KEPT,
    tokenNameAt: KEPT,
  },
  inserted: async (present) => [{ command: 'deleteUser', user: wireName(present), params: {} }],
  staying: ({ state }) =>
    state === 'pending' ? undefined : 'the user can sign in already; deleteUser closes the account',
  removed: async ({ username, kind }) => [{ command: 'addUser', user: username, params: { kind } }],
  gone: ({ email }) => (email === undefined ? undefined : NO_ADDRESSES),
  // The commands do exactly this, with all that follows from it.
  apply: async ({ tx, by }, { present, before }) => {
    if (present === null) {
      if (before !== null) await addErased(tx, by, before);
      return;
    }
    const user = `id:${present._id}`;
    if (before === null) {
      await deleteUser(tx, by, user);
      return;
    }
    if (present.username !== before.username) await renameUser(tx, by, { user, newName: before.username });
    if (present.state !== before.state) await (before.state === 'disabled' ? disableUser : enableUser)(tx, by, user);
  },
});

const MEMBERS = 'members';

const roleRule = rule({
  of: roles,
  fields: {
    members: async ({ key = '', after }, { present, before }, reader) => {
      // A role that is deleted or made again loses or gets its members with that.
      if (present.living !== before.living) return [];
      const params = { name: roleName(present), members: [await nameOf(reader, key)] };
      if (after === undefined) return [{ command: 'removeRoleMembers', params }];
      const expires = (after as Expiring).expires?.toISOString();
      return [{ command: 'addRoleMembers', params: { ...params, ...defined({ expires }) } }];
    },
    // It follows from the members.
    size: KEPT,
    living: async ({ after }, { before }, reader) =>
      after === true
        ? [await makingRole(reader, before)]
        : [{ command: 'deleteRole', params: { name: roleName(before) } }],
    closedAt: async () => [],
  },
  inserted: async (present) => [{ command: 'deleteRole', params: { name: roleName(present) } }],
  removed: async (before, reader) => [await makingRole(reader, before)],
  counting: unlessEnded,
  adapt: ({ before }) => ({ ...before, size: before.members.length }),
  check: async ({ tx, mayChangeRole }, { id, present, before, fields }) => {
    const name = (present ?? before)?.name ?? '';
    if (before === null) await assertRoleUnused(tx, id);
    if (before?.living === true && present?.living !== true) {
      const [holder] = await tx.parts(roles, { name: { $eq: name }, living: true }, { fields: [] });
      if (holder !== undefined) throw refuse('role_name_taken', name);
    }
    const come = (fields as readonly Changed<unknown>[]).flatMap(({ path, before: held, after }) =>
      path.startsWith(`${MEMBERS}[`) && held === undefined && after !== undefined
        ? [path.slice(MEMBERS.length + 1, -1)]
        : [],
    );
    const all = present === null ? (before?.members ?? []).map(({ principal }) => principal) : come;
    await pinReceivers(tx, all);
    await mayChangeRole(name);
  },
  settle: ({ tx }) => advanceEpoch(tx),
});

async function makingRole(reader: Reader, { name, members }: Role): Promise<ImpliedCall> {
  const ids = members.map(({ principal }) => principal);
  return { command: 'createRole', params: { name, members: await namesOf(reader, ids) } };
}

/** @throws role_owns */
async function assertRoleUnused(tx: Reverting['tx'], id: string): Promise<void> {
  const using = { $or: [{ owners: { $eq: id } }, { 'grants.principal': { $eq: id } }] };
  for (const from of resourceCollections) {
    const [found] = await tx.parts(from, using, { fields: [], limit: 1 });
    if (found !== undefined) throw refuse('role_owns', await nameOf(tx.untracked, id), `a right on ${found._id}`);
  }
}

const friendsOf = (command: string) => async (pair: readonly string[], reader: Reader) => {
  const [user = '', friend = ''] = await namesOf(reader, pair);
  return [{ command, user, params: { friend } }];
};

const friendRule = rule({
  of: friendships,
  fields: {
    agreed: async ({ before = [], after = [] }, { present }, reader) => {
      const grows = (after as readonly string[]).length > (before as readonly string[]).length;
      return friendsOf(grows ? 'addFriend' : 'removeFriend')(present.pair, reader);
    },
  },
  inserted: ({ pair }, reader) => friendsOf('removeFriend')(pair, reader),
  removed: ({ pair }, reader) => friendsOf('addFriend')(pair, reader),
  check: async ({ tx }, { before }) => {
    if (before !== null) await pinReceivers(tx, before.pair);
  },
  settle: ({ tx }) => advanceEpoch(tx),
});

export const identityInverses: readonly InverseRule[] = [
  rosterRule,
  principalRule,
  roleRule,
  friendRule,
  never(passwords, CREDENTIALS),
  never(totpEnrolments, CREDENTIALS),
  never(passkeys, CREDENTIALS),
  never(boundNames, 'a name in the policy stays bound to the first account that had it'),
  // They go with whatever withdraws a right, and their holder gets new ones by signing in.
  kept(sessions, CREDENTIALS),
  kept(tickets, CREDENTIALS),
  kept(usedTokens, CREDENTIALS),
];
