import { createSecretKey, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { inject } from 'vitest';
import { defined } from '../../src/base/defined.ts';
import { StewardError } from '../../src/base/errors.ts';
import { handle } from '../../src/base/schemas/handle.ts';
import { problemWith } from '../../src/base/schemas/validator.ts';
import type { Answer, Identified, Origin } from '../../src/gate/door.ts';
import type { PolicySource } from '../../src/gate/policy/policyWatch.ts';
import { JwtSource, LOCAL_ISSUER } from '../../src/identity/jwt.ts';
import { allCommands } from '../../src/operations/index.ts';
import { type Assembled, type AssembleOptions, assemble } from '../../src/server/assemble.ts';
import { Database, type DatabaseOptions } from '../../src/store/database.ts';
import { type Contents, copyContents } from './contents.ts';
import { emptyDatabase } from './emptied.ts';
import { sharedClient } from './sharedClient.ts';

export const SECRET = 'a secret of the tests, long enough for HS256';

/** Given a text, the library first tries to read it as a private key, which takes ten times as long as to sign. */
const KEY = createSecretKey(Buffer.from(SECRET));

/** Who calls: the subject of a token, what stands in it, or the token itself. */
export type Who = string | Bearer | RawToken;

/** A token as it is. */
export interface RawToken {
  readonly token: string;
}

/** What stands in a token: its subject, and the name where it is another. */
export interface Bearer {
  readonly sub: string;
  readonly name?: string;
  readonly roles?: readonly string[];
  /** Seconds before now that the token was issued. */
  readonly age?: number;
}

export interface TestHouse extends Assembled, AsyncDisposable {
  readonly database: Database;
  /** Calls `administer` as this user with this command object. */
  administer(user: Who, command: unknown): Promise<Answer>;
  /** The error that the call is refused with; fails when it is not. */
  refused(user: Who, command: unknown): Promise<StewardError>;
  /** The reason that the call is refused for; fails when it is not. */
  refusal(user: Who, command: unknown): Promise<string>;
  /** Step 1 alone. */
  signIn(user: Who): Promise<Identified>;
  /** Lets the user sign in once, so that the directory knows it. */
  meet(...users: string[]): Promise<void>;
  /** The stored audit records in order, all but the first `skip`. */
  records(skip?: number): Promise<StoredRecord[]>;
  /** What a collection holds, by id. */
  contents(collection: string): Promise<Record<string, unknown>[]>;
}

export type StoredRecord = Record<string, unknown> & { id: string; command: string; outcome: string; error?: string };

export interface TestHouseOptions {
  readonly rules?: AssembleOptions['rules'];
  readonly now?: () => Date;
  readonly commands?: AssembleOptions['commands'];
  /** Where tokens are checked; by default with the key of {@link originOf}. */
  readonly tokens?: AssembleOptions['tokens'];
  readonly issuer?: string;
  readonly issuers?: readonly string[];
  /** The service that has the modules of types. */
  readonly typeDelegationTarget?: string;
  /** The services that specifications may be copied from. */
  readonly typespecCopySources?: readonly string[];
  readonly secretKey?: string;
  readonly movesToChangedIds?: boolean;
  /** Roles in the tokens of these users. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /** Told of what the house cannot tell a caller; printed by default. */
  readonly onError?: (error: unknown) => void;
  /** Told of what the operator should know at start. */
  readonly warn?: (sentence: string) => void;
  /** Takes the e-mails that notices are sent as. */
  readonly sendMail?: AssembleOptions['sendMail'];
  /** The policy file: its text, or what reads it. */
  readonly policy?: string | AssembleOptions['policy'];
  /** The domain of passkeys, and the pages that may use them. */
  readonly relyingParty?: AssembleOptions['relyingParty'];
  /** How long tickets last, and which tokens are proofs. */
  readonly ticketRules?: AssembleOptions['ticketRules'];
  readonly approvalHours?: number;
  readonly jobDays?: number;
  readonly breakGlassMinutes?: number;
  /** The account that prunes the audit. */
  readonly pruner?: AssembleOptions['pruner'];
  /** The key and the name of the audit log. */
  readonly auditSigningKeyPem?: string;
  readonly auditPreviousKeyPem?: string;
  readonly auditOrigin?: string;
  readonly auditEarlierKeys?: AssembleOptions['auditEarlierKeys'];
  /** The witnesses of the audit log. */
  readonly witnesses?: AssembleOptions['witnesses'];
  /** Share another house's database: a second instance of the service. */
  readonly beside?: TestHouse;
  /** Other bounds of transactions. */
  readonly limits?: DatabaseOptions['limits'];
  /** Open on this database, which stays open and as it is afterwards. */
  readonly on?: Database;
  /** What is in its database at the start; nothing by default. */
  readonly contents?: Contents;
}

export function originOf(user: Who, options: TestHouseOptions = {}): Origin {
  return {
    requestId: randomUUID(),
    authorization: typeof user === 'object' && 'token' in user ? user.token : tokenOf(user, options),
    address: '192.0.2.1',
    socketAddress: '127.0.0.1',
  };
}

function tokenOf(user: string | Bearer, options: TestHouseOptions): string {
  const { sub, name = sub, age = 0, ...bearer } = typeof user === 'string' ? { sub: user } : user;
  const now = Math.floor(Date.now() / 1000);
  const roles = bearer.roles ?? options.roles?.[sub] ?? [];
  const claims = { sub, preferred_username: name, roles, iat: now - age, exp: now + 3600 };
  return jwt.sign(claims, KEY);
}

const policyOf = (policy: string | PolicySource): PolicySource =>
  typeof policy === 'string' ? { file: 'policy.yaml', read: async () => policy } : policy;

/** Databases of houses that are closed, empty again. */
const free: string[] = [];

/** The collections that the service makes; a test may make others. */
let made: ReadonlySet<string> | undefined;

async function connect({ beside, limits = {} }: TestHouseOptions): Promise<Database> {
  const used = beside?.database.db.databaseName ?? free.pop();
  const name = used ?? `test_${randomUUID().replaceAll('-', '')}`;
  const client = await sharedClient();
  const database = await Database.connect({ uri: inject('mongoUri'), database: name, limits, client });
  if (used !== undefined) {
    // The house finds its collections and indexes there. What a test prepares besides is still to be made.
    database.prepare = async () => {
      Reflect.deleteProperty(database, 'prepare');
    };
  }
  return database;
}

/** A house on an empty database of its own, with `boss` as the configured admin unless told otherwise. */
export async function openHouse(options: TestHouseOptions = {}): Promise<TestHouse> {
  const database = options.on ?? (await connect(options));
  const closed = async () => {
    if (options.on !== undefined) return;
    if (options.beside === undefined) {
      // Else they would be kept when it is closed, for the next house on this database.
      await database.counters.keepSpare();
      await emptyDatabase(database.db, (collection) => made?.has(collection) ?? true);
      free.push(database.db.databaseName);
    }
    await database.close();
  };
  if (options.contents !== undefined) await copyContents(database.db, options.contents);
  const commands = options.commands ?? allCommands;
  const house = await assemble({
    database,
    commands,
    tokens: options.tokens ?? new JwtSource({ secret: SECRET }),
    issuer: options.issuer ?? LOCAL_ISSUER,
    issuers: options.issuers ?? [options.issuer ?? LOCAL_ISSUER],
    rules: options.rules ?? { configured: ['boss'] },
    version: '0.0.0-test',
    movesToChangedIds: options.movesToChangedIds ?? false,
    onError: options.onError ?? ((error) => console.error(error)),
    warn: options.warn ?? (() => undefined),
    typespecCopySources: options.typespecCopySources ?? [],
    ...(options.typeDelegationTarget === undefined ? {} : { typeDelegationTarget: options.typeDelegationTarget }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.sendMail === undefined ? {} : { sendMail: options.sendMail }),
    ...(options.policy === undefined ? {} : { policy: policyOf(options.policy) }),
    ...defined({ relyingParty: options.relyingParty }),
    ...(options.ticketRules === undefined ? {} : { ticketRules: options.ticketRules }),
    ...(options.jobDays === undefined ? {} : { jobDays: options.jobDays }),
    ...(options.approvalHours === undefined ? {} : { approvalHours: options.approvalHours }),
    ...(options.breakGlassMinutes === undefined ? {} : { breakGlassMinutes: options.breakGlassMinutes }),
    ...(options.pruner === undefined ? {} : { pruner: options.pruner }),
    ...defined({ auditSigningKeyPem: options.auditSigningKeyPem, auditOrigin: options.auditOrigin }),
    ...defined({ auditPreviousKeyPem: options.auditPreviousKeyPem }),
    ...defined({ witnesses: options.witnesses, auditEarlierKeys: options.auditEarlierKeys }),
    ...(options.secretKey === undefined ? {} : { secretKey: options.secretKey }),
  }).catch(async (error) => {
    // It may lack collections or indexes, so no other house gets it.
    if (options.on === undefined && options.beside === undefined) await database.db.dropDatabase();
    if (options.on === undefined) await database.close();
    throw error;
  });

  made ??= new Set((await database.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));

  const method = house.gate.method('Workspace.administer');
  if (method === undefined) throw new Error('there is no administer');
  const administer = async (user: Who, command: unknown) => {
    const origin = originOf(user, options);
    const answer = await house.gate.call(method, {
      caller: await house.gate.identify(method, origin),
      params: [command],
      origin,
    });
    assertAsDeclared(commands, command, answer);
    return answer;
  };
  const signIn = async (user: Who) => {
    const caller = await house.gate.identify(method, originOf(user, options));
    return caller ?? Promise.reject(new Error('nobody'));
  };
  const refused = (user: Who, command: unknown) =>
    administer(user, command).then(
      (answer) => Promise.reject(new Error(`not refused: ${JSON.stringify(answer)}`)),
      (error) => (error instanceof StewardError ? error : Promise.reject(error)),
    );
  return {
    ...house,
    database,
    administer,
    refused,
    refusal: async (user, command) => (await refused(user, command)).reason,
    signIn,
    meet: async (...users) => {
      for (const user of users) await signIn(user);
    },
    records: (skip = 0) =>
      database.db
        .collection('audit')
        .aggregate<StoredRecord>([
          { $sort: { _id: 1 } },
          { $unwind: '$records' },
          { $skip: skip },
          { $replaceRoot: { newRoot: '$records' } },
        ])
        .toArray(),
    contents: (collection) => database.db.collection(collection).find().sort({ _id: 1 }).toArray(),
    [Symbol.asyncDispose]: async () => {
      await house.settled();
      await closed();
    },
  };
}

const DRY_RUN = handle<object>('dryRun.json');

/** Every success is held against the shape that its command declares, as it goes over the wire. */
function assertAsDeclared(commands: AssembleOptions['commands'], sent: unknown, { result }: Answer): void {
  const { command: name, dryRun } = sent as { readonly command?: unknown; readonly dryRun?: unknown };
  const command = commands.find((c) => c.name === name);
  const declared = dryRun === true ? DRY_RUN : command?.result;
  // What the tests' own commands answer is anything.
  if (declared === undefined || !allCommands.some((c) => c.name === name)) return;
  const problem = problemWith(declared, JSON.parse(JSON.stringify(result ?? null)), 'result');
  if (problem !== undefined) throw new Error(`${String(name)} answered with what it does not declare: ${problem}`);
}
