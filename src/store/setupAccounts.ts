import { type Document, MongoServerError } from 'mongodb';
import { OperatorError } from '../base/errors.ts';
import type { Database } from './database.ts';
import { actionsOn, CHANGING, type Governed, type Privilege, SERVICE_ROLE } from './serviceRole.ts';
import { isUnauthorized, saidBy, UnfitDatabaseError } from './unfitDatabase.ts';

/** An account of MongoDB. */
export interface Account {
  readonly user: string;
  readonly password: string;
}

/** A role in the database of the service. */
export interface Role {
  readonly name: string;
  readonly privileges: readonly Privilege[];
}

/** The database in which MongoDB looks accounts up, unless the URI names another as authSource. */
export const ACCOUNTS = 'admin';

/** Creates the role, or gives it the privileges of this version. @throws UnfitDatabaseError */
export async function ensureRole({ db }: Database, { name, privileges }: Role): Promise<string> {
  const wanted = { privileges, roles: [] };
  try {
    const { roles } = await db.command({ rolesInfo: name, showPrivileges: true });
    const [present] = roles as Document[];
    if (present === undefined) {
      await db.command({ createRole: name, ...wanted });
      return 'created';
    }
    const added = lacking(wanted.privileges, present.privileges);
    const excess = lacking(present.privileges, wanted.privileges);
    // Not updateRole, for which the account would need rights on all databases.
    if (added.length > 0) await db.command({ grantPrivilegesToRole: name, privileges: added });
    if (excess.length > 0) await db.command({ revokePrivilegesFromRole: name, privileges: excess });
    const { roles: others } = present;
    if (others.length > 0) await db.command({ revokeRolesFromRole: name, roles: others });
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
function lacking(privileges: readonly Document[], others: readonly Document[]): Document[] {
  return privileges.flatMap(({ resource, actions }) => {
    const had = others.find((o) => isSameResource(o.resource, resource))?.actions ?? [];
    const left = actions.filter((action: string) => !had.includes(action));
    return left.length === 0 ? [] : [{ resource, actions: left }];
  });
}

const isSameResource = (a: Document, b: Document) => a.db === b.db && a.collection === b.collection;

/** Creates the account with the role, or gives the role to it. @throws UnfitDatabaseError */
export async function ensureAccount(
  database: Database,
  { user, password }: Account,
  roleName: string,
): Promise<string> {
  const accounts = accountsOf(database);
  const role = { role: roleName, db: database.db.databaseName };
  try {
    const { users } = await accounts.command({ usersInfo: user });
    const [present] = users as Document[];
    if (present === undefined) {
      await accounts.command({ createUser: user, pwd: password, roles: [role] });
      return `created, with the role ${roleName}`;
    }
    const has = (present.roles as Document[]).some((r) => r.role === role.role && r.db === role.db);
    if (has) return `is there, with the role ${roleName}`;
    await accounts.command({ grantRolesToUser: user, roles: [role] });
    return `was there, and has the role ${roleName} now`;
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
export async function rightsBeyond(
  database: Database,
  { user }: Account,
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
  return [
    `the account ${user} could still change documents of ${exposed.map((of) => of.name).join(', ')}, by its roles ` +
      `${listed(without(roles, SERVICE_ROLE, name))}: take these away with revokeRolesFromUser`,
  ];
}

/** A sentence about the roles of an account that should have one alone. */
export async function otherRoles(database: Database, { user }: Account, role: string): Promise<readonly string[]> {
  const { users } = await accountsOf(database).command({ usersInfo: user });
  const [{ roles = [] } = {}] = users as Document[];
  const others = without(roles, role, database.db.databaseName);
  if (others.length === 0) return [];
  return [
    `the account ${user} should have the role ${role} alone, and has also the roles ${listed(others)}: take these away ` +
      'with revokeRolesFromUser',
  ];
}

const without = (roles: readonly Document[], role: string, on: string) =>
  roles.filter((r) => r.role !== role || r.db !== on);

const listed = (roles: readonly Document[]) => roles.map((r) => `${r.role} on ${r.db}`).join(', ');
