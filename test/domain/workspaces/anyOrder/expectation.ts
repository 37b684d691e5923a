import { type Identity, type Operation, type Params, PENDING, SIGNED_IN } from './operations.ts';

/** The expected state, written from the documentation without the service's code. Users are named by their names. */
export interface Expectation {
  readonly people: Map<string, Person>;
  readonly admins: Map<string, Rights>;
  /** By number, without gaps. */
  readonly workspaces: Expected[];
}

interface Person {
  account: 'open' | 'disabled' | 'closed';
  readonly signedIn: boolean;
}

interface Rights {
  readonly readOnly: boolean;
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
}

export interface Expected {
  readonly number: number;
  name: string;
  owner: string;
  readonly grants: Map<string, Letter>;
  open: boolean;
  locked: boolean;
  deleted: boolean;
  description: string | undefined;
  meta: Map<string, string>;
}

type Letter = 'r' | 'w' | 'a';

export function expectation(): Expectation {
  const people = new Map<string, Person>([[PENDING, { account: 'open', signedIn: false }]]);
  for (const name of SIGNED_IN) people.set(name, { account: 'open', signedIn: true });
  return { people, admins: new Map([['boss', { readOnly: false }]]), workspaces: [] };
}

/** The level of a user: 0 nothing, 1 read, 2 write, 3 administer, 4 own. */
export function strength(workspace: Expected, person: string | null): number {
  if (workspace.deleted) return 0;
  if (person === workspace.owner) return 4;
  const granted = person === null ? undefined : workspace.grants.get(person);
  if (granted !== undefined) return { r: 1, w: 2, a: 3 }[granted];
  return workspace.open ? 1 : 0;
}

/** Thrown when the operation is not allowed or invalid; nothing changes. */
class Refused extends Error {}

function check(condition: boolean): asserts condition {
  if (!condition) throw new Refused();
}

/** Applies the expected effect of the operation. @returns whether it should succeed */
export function apply(world: Expectation, operation: Operation): boolean {
  const before = structuredClone(world.workspaces);
  try {
    perform(world, operation);
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    world.workspaces.splice(0, Number.POSITIVE_INFINITY, ...before);
    return false;
  }
}

const AS_SUBJECT = ['createWorkspace', 'setGlobalPermission'];

function perform(world: Expectation, { actor, via, name, params, user = '' }: Operation): void {
  check(actor !== null && world.people.get(actor)?.account === 'open');
  if (via === 'method') performAs(world, actor, METHODS[name] ?? name, params);
  else command(world, actor, name, params, user);
}

function command(world: Expectation, actor: string, name: string, params: Params, user: string): void {
  const rights = world.admins.get(actor);
  check(rights !== undefined && !rights.readOnly);
  if (AS_SUBJECT.includes(name)) {
    check(world.people.get(user)?.account === 'open');
    check(rights.as?.includes(user) ?? true);
  }
  check(rights.commands?.includes(name) ?? (rights.as === undefined || AS_SUBJECT.includes(name)));
  const aboutUser = ABOUT_USERS[name];
  if (aboutUser !== undefined) aboutUser(world, user, params);
  else performAs(world, AS_SUBJECT.includes(name) ? user : null, name, params);
}

/** Calls with the same effect under two names. */
const METHODS: Readonly<Record<string, string>> = {
  create_workspace: 'createWorkspace',
  clone_workspace: 'cloneWorkspace',
  set_permissions: 'setPermissions',
  set_global_permission: 'setGlobalPermission',
  set_workspace_description: 'setWorkspaceDescription',
  alter_workspace_metadata: 'alterWorkspaceMetadata',
  rename_workspace: 'renameWorkspace',
  lock_workspace: 'lockWorkspace',
  delete_workspace: 'deleteWorkspace',
};

const ABOUT_USERS: Readonly<Record<string, (world: Expectation, user: string, params: Params) => void>> = {
  addAdmin: ({ people, admins }, user, { role = 'full', ...limits }) => {
    check(canBeGiven(people, user));
    check(limits.as?.every((name) => isThere(people, name)) ?? true);
    admins.set(user, { readOnly: role === 'readOnly', ...limits });
  },
  removeAdmin: ({ people, admins }, user) => {
    check(isThere(people, user));
    admins.delete(user);
  },
  disableUser: ({ people }, user) => {
    check(isThere(people, user));
    account(people, user, 'disabled');
  },
  enableUser: ({ people }, user) => {
    check(isThere(people, user));
    account(people, user, 'open');
  },
  deleteUser: ({ people, admins }, user) => {
    check(isThere(people, user));
    account(people, user, 'closed');
    admins.delete(user);
  },
};

function account(people: Expectation['people'], user: string, state: Person['account']): void {
  const person = people.get(user);
  if (person !== undefined) person.account = state;
}

const isThere = (people: Expectation['people'], user: string) =>
  people.has(user) && people.get(user)?.account !== 'closed';
const canBeGiven = (people: Expectation['people'], user: string) => people.get(user)?.account === 'open';

/** @param who the user with whose rights it is done; null for an administrator, who has all */
function performAs(world: Expectation, who: string | null, name: string, params: Params): void {
  const { people, workspaces } = world;
  const identity = params.wsi ?? params;
  /** The workspace, on which the caller needs this level. */
  const may = (needed: number) => {
    const found = named(workspaces, identity);
    check(found !== undefined && !found.deleted);
    check(who === null || strength(found, who) >= needed);
    return found;
  };
  const unlocked = (needed: number) => {
    const found = may(needed);
    check(!found.locked);
    return found;
  };
  switch (name) {
    case 'cloneWorkspace':
      may(1);
      create(workspaces, who ?? '', params);
      return;
    case 'createWorkspace':
      create(workspaces, who ?? '', params);
      return;
    case 'setWorkspaceOwner': {
      const { new_user: owner = '', new_name: given } = params;
      check(canBeGiven(people, owner));
      const found = may(4);
      check(found.owner !== owner);
      rename(workspaces, found, given ?? found.name.replace(/^[^:]+:/, `${owner}:`), owner);
      found.grants.delete(owner);
      // A closed account keeps nothing.
      if (people.get(found.owner)?.account !== 'closed') found.grants.set(found.owner, 'a');
      found.owner = owner;
      return;
    }
    case 'setPermissions':
      if (params.workspaces === undefined) share(world, who, identity, params);
      else shareMany(world, params);
      return;
    case 'setGlobalPermission': {
      check(params.new_permission === 'r' || params.new_permission === 'n');
      const found = may(3);
      check(!(found.locked && params.new_permission === 'n'));
      found.open = params.new_permission === 'r';
      return;
    }
    case 'setWorkspaceDescription':
      unlocked(3).description = params.description?.slice(0, 1_000);
      return;
    case 'alterWorkspaceMetadata': {
      const { new: added = {}, remove = [] } = params;
      check(Object.keys(added).length + remove.length > 0);
      const { meta } = unlocked(3);
      for (const [key, value] of Object.entries(added)) meta.set(key, value);
      for (const key of remove) meta.delete(key);
      return;
    }
    case 'renameWorkspace': {
      const found = unlocked(4);
      check(params.new_name !== found.name);
      // The name of a closed account cannot be given.
      const owner = people.get(found.owner)?.account === 'closed' ? '' : found.owner;
      rename(workspaces, found, params.new_name ?? '', owner);
      return;
    }
    case 'lockWorkspace':
      unlocked(3).locked = true;
      return;
    case 'unlockWorkspace':
      may(4).locked = false;
      return;
    case 'deleteWorkspace':
      unlocked(4).deleted = true;
      return;
    case 'undeleteWorkspace': {
      const found = named(workspaces, identity);
      check(found !== undefined && !found.locked);
      found.deleted = false;
      return;
    }
    default:
      throw new Error(`nothing is expected of ${name}`);
  }
}

const named = (workspaces: readonly Expected[], { id, workspace }: Identity) =>
  workspaces.find((w) => (id === undefined ? w.name === workspace : w.number === id));

function isGoodName(name: string, owner: string): boolean {
  const [prefix, ...rest] = name.split(':');
  return !/^\d+$/.test(name) && rest.length <= 1 && (rest.length === 0 || prefix === owner);
}

function rename(workspaces: readonly Expected[], workspace: Expected, name: string, owner: string): void {
  check(isGoodName(name, owner));
  check(workspaces.every((w) => w === workspace || w.name !== name));
  workspace.name = name;
}

function create(workspaces: Expected[], owner: string, params: Params): void {
  const { workspace: name = '', globalread = 'n', description, meta = {} } = params;
  check(globalread === 'n' || globalread === 'r');
  check(isGoodName(name, owner) && named(workspaces, { workspace: name }) === undefined);
  const own = { name, owner, open: globalread === 'r', description: description ?? undefined };
  const number = workspaces.length + 1;
  const state = { locked: false, deleted: false, grants: new Map(), meta: new Map(Object.entries(meta)) };
  workspaces.push({ number, ...own, ...state });
}

function share(world: Expectation, who: string | null, identity: Identity, params: Params): void {
  const { new_permission: letter = '', users = [] } = params;
  assertGivable(world, params);
  const found = named(world.workspaces, identity);
  check(found !== undefined && !found.deleted);
  if (who !== null) {
    const own = strength(found, who);
    const givesUp = new Set(users).size === 1 && users[0] === who && 'nrwa'.indexOf(letter) < own;
    check(own >= 3 || (own >= 1 && givesUp));
  }
  for (const user of users.filter((u) => u !== found.owner)) {
    if (letter === 'n') found.grants.delete(user);
    else found.grants.set(user, letter as Letter);
  }
}

function assertGivable({ people }: Expectation, { new_permission: letter = '', users = [] }: Params): void {
  check(['n', 'r', 'w', 'a'].includes(letter));
  check(users.every((user) => (letter === 'n' ? isThere(people, user) : canBeGiven(people, user))));
}

function shareMany(world: Expectation, params: Params): void {
  const { workspaces = [], ignoreErrors = 0 } = params;
  assertGivable(world, params);
  for (const identity of workspaces) {
    const found = named(world.workspaces, identity);
    if (ignoreErrors === 1 && (found === undefined || found.deleted)) continue;
    share(world, null, identity, params);
  }
}
