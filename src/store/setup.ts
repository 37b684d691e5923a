import { type Document, MongoServerError } from 'mongodb';
import { OperatorError } from '../base/errors.ts';
import type { AnyCollection } from './collection.ts';
import type { Database } from './database.ts';
import { fileCollections } from './files.ts';
import { ensureCollections, type Indexed, named } from './indexes.ts';
import { formatOf, stampOf } from './migrations/format.ts';
import { formatAfter, migrations } from './migrations/index.ts';
import { type MigrateOptions, migrate } from './migrations/migrate.ts';
import { actionsOn, CHANGING, type Governed, SERVICE_ROLE, servicePrivileges } from './serviceRole.ts';
import { isUnauthorized, saidBy, UnfitDatabaseError } from './unfitDatabase.ts';

/** The account of the service, which gets the role. */
export interface ServiceAccount {
  readonly user: string;
  readonly password: string;
}

/** The database in which MongoDB looks accounts up, unless the URI names another as authSource. */
const ACCOUNTS = 'admin';

/** The declared collections, with those of the files. */
export const withFiles = (collections: readonly AnyCollection[]): readonly (Indexed & Governed)[] => [
  ...collections,
  ...fileCollections,
];

/** A command of MongoDB, with the database on which it is run. */
interface Step {
  readonly on: string;
  readonly command: Document;
}

interface Printed {
  readonly database: string;
  readonly collections: readonly AnyCollection[];
  /** The version of this program. */
  readonly program: string;
  /** The name of the service's account. */
  readonly user: string;
}

/** The commands that set up a new database, as lines for mongosh, which asks for the password of the account. */
export function setupScript({ database, collections, program, user }: Printed): string[] {
  const { filter, update } = stampOf(formatAfter(migrations), program);
  const all = withFiles(collections);
  const steps: Step[] = [
    { on: database, command: { update: 'meta', updates: [{ q: filter, u: update, upsert: true }] } },
    ...all.flatMap((of) => collectionCommands(of).map((command) => ({ on: database, command }))),
    { on: database, command: { createRole: SERVICE_ROLE, ...roleOf(database, all) } },
    { on: ACCOUNTS, command: { createUser: user, pwd: PROMPT, roles: [grantOf(database)] } },
  ];
  return steps.map(({ on, command }) => {
    const text = JSON.stringify(command).replace(`"${PROMPT}"`, 'passwordPrompt()');
    return `db.getSiblingDB(${JSON.stringify(on)}).runCommand(${text})`;
  });
}

const PROMPT = '<password>';

const collectionCommands = ({ name, indexes }: Indexed): Document[] => [
  // The version document has created this one already.
  ...(name === 'meta' ? [] : [{ create: name }]),
  ...(indexes.length === 0 ? [] : [{ createIndexes: name, indexes: indexes.map(named) }]),
];

const roleOf = (database: string, collections: readonly Governed[]) => ({
  privileges: servicePrivileges(database, collections),
  roles: [],
});

const grantOf = (database: string) => ({ role: SERVICE_ROLE, db: database });

export interface SetupOptions extends Omit<MigrateOptions, 'ignoreLiveInstances'> {
  readonly collections: readonly AnyCollection[];
  readonly account: ServiceAccount;
}

/**
 * Makes what a service whose account has only {@link SERVICE_ROLE} cannot make itself: the format of this version,
 * collections, indexes, the role and the account. What is there stays as it is. The database must be opened with the
 * account of its owner.
 *
 * @returns sentences about rights of the service's account that go beyond the role
 * @throws UnfitDatabaseError, FormatError with a message for the operator; MigrationInterrupted if the signal aborts
 */
export async function setUpDatabase(options: SetupOptions): Promise<readonly string[]> {
  const { database, report } = options;
  const isNew = (await formatOf(database.db)) === undefined;
  await migrate(options);
  const format = formatAfter(database.migrations);
  report(`database ${database.db.databaseName}: ${isNew ? 'new' : 'was there'}, has format ${format}`);
  const all = withFiles(options.collections);
  const made = await ensureCollections(database.db, all);
  for (const { collection, isNew, indexes } of made) {
    report(`collection ${collection}: ${isNew ? 'created' : 'was there'}, ${counted(indexes, 'index')} created`);
  }
  if (made.length === 0) report(`collections and indexes: all ${all.length} collections are there`);
  report(`role ${SERVICE_ROLE}: ${await ensureRole(database, all)}`);
  report(`account ${options.account.user}: ${await ensureAccount(database, options.account)}`);
  return rightsBeyond(database, options.account, all);
}

const counted = (count: number, what: 'index') => `${count} ${count === 1 ? what : 'indexes'}`;

/** Creates the role, or gives it the privileges of this version. @throws UnfitDatabaseError */
async function ensureRole({ db }: Database, collections: readonly Governed[]): Promise<string> {
  const wanted = roleOf(db.databaseName, collections);
  try {
    const { roles } = await db.command({ rolesInfo: SERVICE_ROLE, showPrivileges: true });
    const [present] = roles as Document[];
    if (present === undefined) {
      await db.command({ createRole: SERVICE_ROLE, ...wanted });
      return 'created';
    }
    const added = without(wanted.privileges, present.privileges);
    const excess = without(present.privileges, wanted.privileges);
    // Not updateRole, for which the account would need rights on all databases.
    if (added.length > 0) await db.command({ grantPrivilegesToRole: SERVICE_ROLE, privileges: added });
    if (excess.length > 0) await db.command({ revokePrivilegesFromRole: SERVICE_ROLE, privileges: excess });
    const { roles: others } = present;
    if (others.length > 0) await db.command({ revokeRolesFromRole: SERVICE_ROLE, roles: others });
    const isSame = added.length + excess.length + others.length === 0;
    return isSame ? 'is there, with the rights of this version' : 'has the rights of this version now';
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    throw new UnfitDatabaseError(
      `The account that is used may not make roles in the database ${db.databaseName}: use one that has the role ` +
        `dbOwner on it; the server says: ${saidBy(error)}`,
    );
  }
}

/** The privileges of the first list that the second one lacks, with only those actions. */
function without(privileges: readonly Document[], others: readonly Document[]): Document[] {
  return privileges.flatMap(({ resource, actions }) => {
    const had = others.find((o) => isSameResource(o.resource, resource))?.actions ?? [];
    const left = actions.filter((action: string) => !had.includes(action));
    return left.length === 0 ? [] : [{ resource, actions: left }];
  });
}

const isSameResource = (a: Document, b: Document) => a.db === b.db && a.collection === b.collection;

/** Creates the account with the role, or gives the role to it. @throws UnfitDatabaseError */
async function ensureAccount(database: Database, { user, password }: ServiceAccount): Promise<string> {
  const accounts = accountsOf(database);
  const role = grantOf(database.db.databaseName);
  try {
    const { users } = await accounts.command({ usersInfo: user });
    const [present] = users as Document[];
    if (present === undefined) {
      await accounts.command({ createUser: user, pwd: password, roles: [role] });
      return `created, with the role ${SERVICE_ROLE}`;
    }
    const has = (present.roles as Document[]).some((r) => r.role === role.role && r.db === role.db);
    if (has) return `is there, with the role ${SERVICE_ROLE}`;
    await accounts.command({ grantRolesToUser: user, roles: [role] });
    return `was there, and has the role ${SERVICE_ROLE} now`;
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error;
    if (!isUnauthorized(error)) {
      throw new OperatorError(`The account ${user} cannot be made; the server says: ${saidBy(error)}`);
    }
    const on = `db.getSiblingDB(${JSON.stringify(accounts.databaseName)})`;
    const [name, roles] = [JSON.stringify(user), JSON.stringify([role])];
    throw new UnfitDatabaseError(
      `The account that is used may not see or make accounts in the database ${accounts.databaseName}; everything else ` +
        `is set up. Use an account that also has the role userAdmin there, or let its administrator run in mongosh: ` +
        `${on}.createUser({user: ${name}, pwd: passwordPrompt(), roles: ${roles}}), or, if the account exists, ` +
        `${on}.grantRolesToUser(${name}, ${roles})`,
    );
  }
}

const accountsOf = ({ client }: Database) => client.db(client.options.credentials?.source ?? ACCOUNTS);

/** What the account may do to documents that the service never changes, by its other roles. */
async function rightsBeyond(
  database: Database,
  { user }: ServiceAccount,
  collections: readonly Governed[],
): Promise<readonly string[]> {
  const { users } = await accountsOf(database).command({
    usersInfo: { user, db: accountsOf(database).databaseName },
    showPrivileges: true,
  });
  const [{ roles = [], inheritedPrivileges = [] } = {}] = users as Document[];
  const name = database.db.databaseName;
  const isOf = ({ db, collection }: Document, of: string) =>
    (db === '' || db === name) && (collection === '' || collection === of);
  const exposed = collections.filter((of) => {
    const changing = CHANGING.filter((action) => !actionsOn(of).includes(action));
    return (inheritedPrivileges as Document[]).some(
      ({ resource, actions }) =>
        (resource.anyResource === true || isOf(resource, of.name)) &&
        changing.some((action) => actions.includes(action)),
    );
  });
  if (exposed.length === 0) return [];
  const others = (roles as Document[]).filter((r) => r.role !== SERVICE_ROLE || r.db !== name);
  return [
    `the account ${user} could still change documents of ${exposed.map((of) => of.name).join(', ')}, by its roles ` +
      `${others.map((r) => `${r.role} on ${r.db}`).join(', ')}: take these away with revokeRolesFromUser`,
  ];
}
