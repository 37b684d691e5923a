import type { Document } from 'mongodb';
import type { AnyCollection } from './collection.ts';
import { fileCollections } from './files.ts';
import { ensureCollections, type Indexed, named } from './indexes.ts';
import { formatOf, stampOf } from './migrations/format.ts';
import { formatAfter, migrations } from './migrations/index.ts';
import { type MigrateOptions, migrate } from './migrations/migrate.ts';
import { type Governed, PRUNE_ROLE, prunePrivileges, SERVICE_ROLE, servicePrivileges } from './serviceRole.ts';
import {
  ACCOUNTS,
  type Account,
  ensureAccount,
  ensureRole,
  otherRoles,
  type Role,
  rightsBeyond,
} from './setupAccounts.ts';
import type { Sharded } from './shards.ts';

/** The declared collections, with those of the files. */
export const withFiles = (collections: readonly AnyCollection[]): readonly (Sharded & Governed)[] => [
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
  /** The names of the service's account, and of the one that prunes the audit, if there is one. */
  readonly user: string;
  readonly pruneUser?: string;
}

/** The commands that set up a new database, as lines for mongosh, which asks for the passwords of the accounts. */
export function setupScript({ database, collections, program, user, pruneUser }: Printed): string[] {
  const { filter, update } = stampOf(formatAfter(migrations), program);
  const all = withFiles(collections);
  const steps: Step[] = [
    { on: database, command: { update: 'meta', updates: [{ q: filter, u: update, upsert: true }] } },
    ...all.flatMap((of) => collectionCommands(of).map((command) => ({ on: database, command }))),
    ...rolesOf(database, all).map(({ name, privileges }) => ({
      on: database,
      command: { createRole: name, privileges, roles: [] },
    })),
    accountStep(database, user, SERVICE_ROLE),
    ...(pruneUser === undefined ? [] : [accountStep(database, pruneUser, PRUNE_ROLE)]),
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

const accountStep = (database: string, user: string, role: string): Step => ({
  on: ACCOUNTS,
  command: { createUser: user, pwd: PROMPT, roles: [{ role, db: database }] },
});

const rolesOf = (database: string, collections: readonly Governed[]): readonly Role[] => [
  { name: SERVICE_ROLE, privileges: servicePrivileges(database, collections) },
  { name: PRUNE_ROLE, privileges: prunePrivileges(database) },
];

export interface SetupOptions extends Omit<MigrateOptions, 'ignoreLiveInstances'> {
  readonly collections: readonly AnyCollection[];
  /** The account of the service. */
  readonly account: Account;
  /** The account that prunes the audit, if there is one. */
  readonly pruneAccount?: Account;
}

/**
 * Makes what a service whose account has only {@link SERVICE_ROLE} cannot make itself: the format of this version,
 * collections, indexes, the roles and the accounts. What is there stays as it is. The database must be opened with the
 * account of its owner.
 *
 * @returns sentences about rights of the accounts that go beyond their roles
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
  for (const role of rolesOf(database.db.databaseName, all)) {
    report(`role ${role.name}: ${await ensureRole(database, role)}`);
  }
  const { account, pruneAccount } = options;
  report(`account ${account.user}: ${await ensureAccount(database, account, SERVICE_ROLE)}`);
  const beyond = await rightsBeyond(database, account, all);
  if (pruneAccount === undefined) return beyond;
  report(`account ${pruneAccount.user}: ${await ensureAccount(database, pruneAccount, PRUNE_ROLE)}`);
  return [...beyond, ...(await otherRoles(database, pruneAccount, PRUNE_ROLE))];
}

const counted = (count: number, what: 'index') => `${count} ${count === 1 ? what : 'indexes'}`;
