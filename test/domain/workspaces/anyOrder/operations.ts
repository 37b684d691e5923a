import fc from 'fast-check';

/** A call of `administer` or of an ordinary method, by a user or, with null, anonymous. */
export interface Operation {
  readonly actor: string | null;
  readonly via: 'command' | 'method';
  readonly name: string;
  readonly params: Params;
  /** The key `user` of a command. */
  readonly user?: string;
}

/** The parameters of these calls; each sends some of them. */
export interface Params {
  readonly id?: number;
  readonly workspace?: string;
  readonly wsi?: Identity;
  readonly workspaces?: readonly Identity[];
  readonly ignoreErrors?: number;
  readonly new_permission?: string;
  readonly users?: readonly string[];
  readonly new_user?: string;
  readonly new_name?: string;
  readonly globalread?: string;
  readonly description?: string | null;
  readonly meta?: Readonly<Record<string, string>>;
  readonly new?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
  readonly role?: 'full' | 'readOnly';
  readonly commands?: readonly string[];
  readonly as?: readonly string[];
}

export interface Identity {
  readonly id?: number;
  readonly workspace?: string;
}

/** The users at the start: `boss` is configured, `pen` is pending, the others have signed in. */
export const SIGNED_IN = ['boss', 'deb', 'ann', 'bea', 'cec', 'dan'] as const;
export const PENDING = 'pen';

/** Mostly valid values, with an invalid one now and then. */
const SENSIBLE = 15;

function mostly<T>(sensible: fc.Arbitrary<T>, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: sensible, weight: SENSIBLE }, { arbitrary: others, weight: 1 });
}

const person = fc.constantFrom('ann', 'ann', 'bea', 'bea', 'cec', 'dan', PENDING);
const user = mostly(person, fc.constantFrom('deb', 'boss', 'nobody', 'Bad-Name'));
const letter = mostly(fc.constantFrom('n', 'r', 'w', 'a'), fc.constant('x'));
const name = mostly(
  fc.oneof(
    fc.integer({ min: 1, max: 30 }).map((i) => `plain${i}`),
    fc.tuple(person, fc.constantFrom('one', 'two')).map((parts) => parts.join(':')),
  ),
  fc.constantFrom('12', 'a:b:c'),
);
const identity: fc.Arbitrary<Identity> = fc.oneof(
  { arbitrary: fc.record({ id: fc.integer({ min: 1, max: 6 }) }), weight: SENSIBLE },
  { arbitrary: fc.record({ workspace: name }), weight: 1 },
);
const key = fc.constantFrom('a', 'b', 'c');
const meta = fc.dictionary(key, fc.constantFrom('1', '2', ''), { maxKeys: 2 });
const description = fc.constantFrom('', 'about', 'x'.repeat(1_001), null);
const users = fc.uniqueArray(user, { minLength: 1, maxLength: 3 });
const optional = { requiredKeys: [] };

const creation = fc.record(
  {
    workspace: name,
    globalread: mostly(fc.constantFrom('n', 'r'), fc.constant('w')),
    description: fc.constant('about'),
    meta,
  },
  { requiredKeys: ['workspace'] },
);
const with_ = <A extends object, B extends object>(a: fc.Arbitrary<A>, b: fc.Arbitrary<B>): fc.Arbitrary<A & B> =>
  fc.tuple(a, b).map(([x, y]) => ({ ...x, ...y }));
const sharing = fc.record({ new_permission: letter, users });
const many = fc.record({ workspaces: fc.array(identity, { maxLength: 3 }) });
const ignoring = fc.record({ ignoreErrors: fc.constantFrom(0, 1) }, optional);
const renaming = fc.record({ wsi: identity, new_name: name });
const describing = with_(identity, fc.record({ description }));
const marking = fc.record(
  { wsi: identity, new: meta, remove: fc.array(key, { maxLength: 2 }) },
  { requiredKeys: ['wsi'] },
);
const publishing = with_(identity, fc.record({ new_permission: mostly(fc.constantFrom('r', 'n'), letter) }));

/** Commands that write, by name, with their parameters and frequency. */
const COMMANDS: Readonly<Record<string, readonly [fc.Arbitrary<Params>, number]>> = {
  createWorkspace: [creation, 6],
  setWorkspaceOwner: [
    fc.oneof(
      { arbitrary: fc.record({ wsi: identity, new_user: user }), weight: 2 },
      { arbitrary: fc.record({ wsi: identity, new_user: user, new_name: name }), weight: 1 },
    ),
    6,
  ],
  setPermissions: [fc.oneof(with_(identity, sharing), with_(with_(many, sharing), ignoring)), 6],
  setGlobalPermission: [publishing, 2],
  setWorkspaceDescription: [describing, 2],
  alterWorkspaceMetadata: [marking, 2],
  renameWorkspace: [renaming, 2],
  lockWorkspace: [identity, 1],
  unlockWorkspace: [identity, 2],
  deleteWorkspace: [identity, 1],
  undeleteWorkspace: [identity, 2],
};

export const TRIED_COMMANDS = Object.keys(COMMANDS);

/** Commands that change the rights of the actors themselves; each is about a user. */
const ABOUT_USERS: Readonly<Record<string, readonly [fc.Arbitrary<Params>, number]>> = {
  addAdmin: [
    fc.constantFrom<Params>(
      {},
      { role: 'readOnly' },
      { commands: ['setPermissions', 'createWorkspace', 'deleteWorkspace'] },
      { as: ['ann'] },
    ),
    2,
  ],
  removeAdmin: [fc.constant({}), 1],
  disableUser: [fc.constant({}), 1],
  enableUser: [fc.constant({}), 3],
  deleteUser: [fc.constant({}), 1],
};

/** Methods that everybody may call. */
const METHODS: Readonly<Record<string, readonly [fc.Arbitrary<Params>, number]>> = {
  create_workspace: [creation, 4],
  clone_workspace: [with_(fc.record({ wsi: identity }), creation), 1],
  set_permissions: [with_(identity, sharing), 6],
  set_global_permission: [publishing, 2],
  set_workspace_description: [describing, 3],
  alter_workspace_metadata: [marking, 2],
  rename_workspace: [renaming, 2],
  lock_workspace: [identity, 4],
  delete_workspace: [identity, 3],
};

export const TRIED_METHODS = Object.keys(METHODS);

const admin = fc.constantFrom('boss', 'boss', 'boss', 'boss', 'deb', 'deb', 'dan', 'cec');
const anybody = mostly(fc.constantFrom<string | null>('ann', 'ann', 'bea', 'bea', 'cec', 'deb'), fc.constant(null));
/** The configured administrator is protected, which other tests cover. */
const somebody = fc.constantFrom('cec', 'dan', 'deb', PENDING, 'bea', 'nobody');

function calls(
  via: Operation['via'],
  actor: fc.Arbitrary<string | null>,
  table: typeof COMMANDS,
  about: fc.Arbitrary<string>,
): fc.WeightedArbitrary<Operation>[] {
  return Object.entries(table).map(([called, [params, weight]]) => ({
    weight,
    arbitrary: fc.record({ via: fc.constant(via), name: fc.constant(called), actor, params, user: about }),
  }));
}

/** Any call that writes workspaces or changes rights, by any user. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  ...calls('command', admin, COMMANDS, user),
  ...calls('command', admin, ABOUT_USERS, somebody),
  ...calls('method', anybody, METHODS, user),
);

/** The first calls: they make a full, a limited and a read-only administrator, and workspaces of three owners. */
export const PRELUDE: readonly Operation[] = [
  command('addAdmin', {}, 'deb'),
  command('addAdmin', { commands: ['setPermissions', 'createWorkspace', 'deleteWorkspace'] }, 'cec'),
  command('addAdmin', { role: 'readOnly' }, 'dan'),
  command('createWorkspace', { workspace: 'ann:one' }, 'ann'),
  command('createWorkspace', { workspace: 'open', globalread: 'r', meta: { a: '1' } }, 'ann'),
  command('createWorkspace', { workspace: 'bea:one', description: 'about' }, 'bea'),
  command('createWorkspace', { workspace: 'shared' }, 'cec'),
  command('setPermissions', { id: 4, new_permission: 'a', users: ['ann'] }),
  command('setPermissions', { id: 4, new_permission: 'w', users: ['bea', 'deb'] }),
];

function command(called: string, params: Params, about?: string): Operation {
  return { actor: 'boss', via: 'command', name: called, params, ...(about === undefined ? {} : { user: about }) };
}
