import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditHashes } from '../audit/hashes.ts';
import { Journal } from '../audit/journal.ts';
import { auditWitnesses } from '../audit/log/cosigned.ts';
import { Witnesses, type WitnessesOptions } from '../audit/log/cosigning.ts';
import { AuditLog } from '../audit/log/log.ts';
import type { Pruner } from '../audit/log/removal.ts';
import { Sealer } from '../audit/log/sealer.ts';
import { auditHeads, auditSegments, ensureLogHead } from '../audit/log/segments.ts';
import type { VerifierKey } from '../audit/log/signedNote.ts';
import { ensureSigningKey } from '../audit/log/signer.ts';
import { auditSnapshots, snapshotParts } from '../audit/log/snapshots.ts';
import { auditCollection, effectOf } from '../audit/record.ts';
import { auditKey, auditKeys, ensureAuditKey } from '../audit/secrets.ts';
import { AuditTrail } from '../audit/trail.ts';
import { defined } from '../base/defined.ts';
import { OperatorError } from '../base/errors.ts';
import { Spool } from '../base/spool/spool.ts';
import { approvalRequests } from '../domain/approvals/request.ts';
import { dynamicConfigs } from '../domain/dynamicConfig.ts';
import { imports } from '../domain/imports/progress.ts';
import { DelegatedTypes } from '../domain/modules/delegatedTypes.ts';
import { functions, moduleRequests, modules, moduleVersions, types } from '../domain/modules/module.ts';
import { localTypes } from '../domain/modules/storableTypes.ts';
import { Contents, contents } from '../domain/objects/content.ts';
import { objects, versions } from '../domain/objects/object.ts';
import { concernsOf } from '../domain/ownership/concerned.ts';
import { resources, workspaces } from '../domain/resources/resource.ts';
import { heads } from '../domain/workspaces/head.ts';
import { tendApprovals } from '../gate/approvalTask.ts';
import { CopySources } from '../gate/copySources.ts';
import { Gate } from '../gate/gate.ts';
import type { GateParts } from '../gate/parts.ts';
import { commandNames, commandsOf } from '../gate/policy/groups.ts';
import { PolicyHolder } from '../gate/policy/policyHolder.ts';
import { loadedPolicies, type PolicySource, PolicyWatch } from '../gate/policy/policyWatch.ts';
import { seenOwners } from '../gate/readBudgets.ts';
import { storedAnswers } from '../gate/replay.ts';
import { WorkspaceService } from '../gate/workspaceService.ts';
import { AdminNames } from '../identity/adminNames.ts';
import { BoundNames, boundNames as namesInPolicy } from '../identity/boundNames.ts';
import { bindConfigured, configuredWarnings, withoutIdleEntries } from '../identity/configuredAdmins.ts';
import { Credentials } from '../identity/credentials.ts';
import { friendships } from '../identity/friends.ts';
import { ensureLoginKey, loginKey, loginKeys } from '../identity/loginKey.ts';
import { passkeys } from '../identity/passkeys.ts';
import { passwords } from '../identity/passwords.ts';
import { People } from '../identity/people.ts';
import { type Principal, principals, wireName } from '../identity/principal.ts';
import { Proofs, TICKET_RULES, type TicketRules, usedTokens } from '../identity/proofs.ts';
import { RightsCache } from '../identity/rightsCache.ts';
import { roles } from '../identity/roles.ts';
import { type AdminRules, emptyRoster, hasLastingAdmin, ROSTER_ID, rosters } from '../identity/roster.ts';
import { RESERVED_IDS, STEWARD } from '../identity/serviceNames.ts';
import { SessionSource } from '../identity/sessionSource.ts';
import { sessions } from '../identity/sessions.ts';
import { sessionUses } from '../identity/sessionUses.ts';
import { SignIn } from '../identity/signIn.ts';
import { StaffTokens } from '../identity/staffTokens.ts';
import { tickets } from '../identity/tickets.ts';
import type { TokenSource } from '../identity/token.ts';
import { totpEnrolments } from '../identity/totp.ts';
import { type RelyingParty, WebAuthn } from '../identity/webauthn.ts';
import { jobs } from '../jobs/job.ts';
import { jobOutcomes, jobParts } from '../jobs/parts.ts';
import type { Worker } from '../jobs/worker.ts';
import type { Send } from '../notices/deliver.ts';
import { outbox, postNotices } from '../notices/outbox.ts';
import { allMethods, commandsBySubject } from '../operations/index.ts';
import type { Command } from '../operations/operation.ts';
import { attempts } from '../store/attempts.ts';
import type { AnyCollection } from '../store/collection.ts';
import { counters } from '../store/counters.ts';
import type { Database } from '../store/database.ts';
import { leases } from '../store/leases.ts';
import { meta, recordSteps } from '../store/migrations/format.ts';
import { instances } from '../store/migrations/instances.ts';
import { transact } from '../store/transact.ts';
import { recordRotation, signerFor } from './auditKeys.ts';
import { backgroundOf } from './background.ts';

/** All collections of the service, except those of the files. */
export const collections: readonly AnyCollection[] = [
  meta,
  instances,
  principals,
  passwords,
  passkeys,
  sessions,
  sessionUses,
  tickets,
  totpEnrolments,
  usedTokens,
  loginKeys,
  attempts,
  rosters,
  namesInPolicy,
  loadedPolicies,
  seenOwners,
  roles,
  friendships,
  auditCollection,
  auditSegments,
  auditHeads,
  auditWitnesses,
  auditSnapshots,
  snapshotParts,
  auditKeys,
  dynamicConfigs,
  storedAnswers,
  counters,
  leases,
  outbox,
  jobs,
  jobParts,
  jobOutcomes,
  workspaces,
  resources,
  approvalRequests,
  heads,
  objects,
  versions,
  contents,
  imports,
  moduleRequests,
  modules,
  moduleVersions,
  types,
  functions,
];

export interface AssembleOptions {
  readonly database: Database;
  readonly commands: readonly Command[];
  readonly tokens: TokenSource;
  /** The issuer of the users whom `addUser` adds by id. */
  readonly issuer: string;
  /** The issuers of all configured token sources. */
  readonly issuers: readonly string[];
  readonly rules: Omit<AdminRules, 'issuers'>;
  readonly typeDelegationTarget?: string;
  /** For data that is too long for memory; by default unbounded, in the system's folder for temporary files. */
  readonly spool?: Spool;
  /** The workspace services from which specifications may be copied; none by default. */
  readonly typespecCopySources?: readonly string[];
  readonly version: string;
  /** Sends notices as e-mails; without it they are only stored. */
  readonly sendMail?: Send;
  /** The secret key under which the first administrators of staff are made; none is accepted by default. */
  readonly secretKey?: string;
  /** Whether what a former user owned goes to the user who got their name from the issuer; false by default. */
  readonly movesToChangedIds?: boolean;
  /** How many days a job is kept after its end; 400 by default. */
  readonly jobDays?: number;
  /** How long a request for approval waits; 24 hours by default. */
  readonly approvalHours?: number;
  /** How long break-glass lifts what the policy requires; 15 minutes by default. */
  readonly breakGlassMinutes?: number;
  /** The policy file; none by default. */
  readonly policy?: PolicySource;
  /** How long a session lasts that begins with a name and a password; 12 hours by default. */
  readonly sessionHours?: number;
  /** The domain of passkeys, and the pages that may use them; without it there are none. */
  readonly relyingParty?: RelyingParty;
  /** How long tickets last, and which tokens are proofs. */
  readonly ticketRules?: TicketRules;
  /** The key that signs checkpoints of the audit log, as PEM; by default the one in the database. */
  readonly auditSigningKeyPem?: string;
  /** The key that signed them before, as PEM: it vouches for the new one. */
  readonly auditPreviousKeyPem?: string;
  /** The name of the audit log; by default the one in the database. */
  readonly auditOrigin?: string;
  /** The keys with which the audit log was signed before; none by default. */
  readonly auditEarlierKeys?: readonly VerifierKey[];
  /** The witnesses of the audit log; none by default. */
  readonly witnesses?: Pick<WitnessesOptions, 'urls' | 'keys' | 'post'>;
  /** The database with an account that may delete audit records; by default the service's own. */
  readonly pruner?: Pruner;
  /** Whether the audit records are sealed; true by default. */
  readonly seals?: boolean;
  /** Called with errors that reach no caller, such as a record that could not be stored. */
  readonly onError: (error: unknown) => void;
  readonly warn: (sentence: string) => void;
  /** The clock for expiry and records; the system's by default. */
  readonly now?: () => Date;
}

export class NoAdministratorError extends OperatorError {}

/** Data of more bytes is prepared in files. */
export const LONG_DATA = 16 * 1024 * 1024;

function defaultSpool(): Spool {
  const unbounded = Number.POSITIVE_INFINITY;
  const bounds = { maxBytes: unbounded, maxBytesPerHolder: unbounded, longFrom: LONG_DATA };
  return new Spool({ dir: join(tmpdir(), 'steward'), ...bounds });
}

/** The service without its HTTP server: the gate and everything behind it. */
export interface Assembled {
  readonly gate: Gate;
  /** Resolves once all records that were handed in are stored. */
  readonly settled: () => Promise<void>;
  /** The background work: start it once the gate is open, and stop it before the database is closed. */
  readonly worker: Worker;
  /** How many jobs this instance works on. */
  readonly activeJobs: () => number;
  /** Seals the audit records. */
  readonly sealer: Sealer;
  /** What the sealer has sealed. */
  readonly auditLog: AuditLog;
  /** Loads the policy file again when it changes, if there is one. */
  readonly policy?: PolicyWatch;
}

/**
 * Puts the rooms together on a connected database, and prepares that: collections, indexes, the roster.
 *
 * @throws NoAdministratorError
 */
export async function assemble(options: AssembleOptions): Promise<Assembled> {
  const { database, sendMail, onError, now = () => new Date() } = options;
  const policy = new PolicyHolder();
  const rules = withoutIdleEntries({ ...options.rules, issuers: options.issuers });
  const journal = new Journal(database, onError, {
    concernsOf,
    ...(sendMail === undefined ? {} : { post: postNotices }),
  });
  const rights = new RightsCache(database);
  await database.prepare(collections);
  await storeInitialDocuments({ database, journal, now }, rules);
  const [key, keyOfLogins, signer] = await Promise.all([auditKey(database), loginKey(database), signerFor(options)]);
  database.useDigestKey(key);
  await recordRotation(options, signer, { journal, now });
  const sealer = new Sealer({ database, signer, now, written: () => journal.written, warn: options.warn });
  const pruner = options.pruner ?? { open: async () => ({ database, close: async () => undefined }) };
  const known = { witnesses: options.witnesses?.keys ?? [], earlier: options.auditEarlierKeys ?? [] };
  const log = new AuditLog(database, signer, known);
  const trusted = [signer.key, ...known.earlier];
  await assertAdministrable(options, rules);
  await warnOfReservedIds(database, options.warn);

  const webauthn = new WebAuthn(options.relyingParty);
  const source = new SessionSource(database, options.tokens);
  const staffTokens = new StaffTokens(keyOfLogins);
  const { typeDelegationTarget: target } = options;
  const typeService = target === undefined ? undefined : new WorkspaceService(target);
  const commands = new Map(options.commands.map((command) => [command.name, command]));
  const names = commandNames(commandsBySubject, allMethods);
  const spool = options.spool ?? defaultSpool();
  const pruning = { database, spool, signer, pruner, trusted };
  const dependencies = {
    rules,
    staffTokens,
    webauthn,
    proofs: new Proofs({ database, source, webauthn, rules: options.ticketRules ?? TICKET_RULES, now }),
    sessionHours: options.sessionHours ?? 12,
    digestOf: (value: unknown) => database.keyedDigest(value),
    types: typeService === undefined ? localTypes(database) : new DelegatedTypes(typeService, now),
    adminNames: new AdminNames(database, rights, rules),
    people: new People(database, rights),
    contents: new Contents(database),
    spool,
    verifying: pruning,
    pruning,
    files: database.files,
    trail: new AuditTrail(database),
    log,
    auditHashes: new AuditHashes(database),
    issuer: options.issuer,
    typeDelegationTarget: options.typeDelegationTarget,
    version: options.version,
    server: database,
    copySources: new CopySources(options.typespecCopySources ?? [], options.warn),
    policyNamesOf: (principal: Principal) => boundNames.of(principal, policy.current.needs.names),
    breakGlassMinutes: options.breakGlassMinutes ?? 15,
    declaredCommands: options.commands,
    commandsOf: (entry: string) => commandsOf(entry, names),
  };
  const boundNames = new BoundNames({ database, journal, rules, now });
  const signIn = new SignIn({ source, database, journal, rights, rules, now });
  const { committed, worker, activeJobs } = backgroundOf({
    ...{ database, journal, rights, rules, commands, now, sendMail, onError },
    ...{ log, pruning, sealer: options.seals === false ? undefined : sealer },
    witnesses: options.witnesses && new Witnesses({ ...options.witnesses, database, log, now, warn: options.warn }),
    policyParts: { policy, boundNames, now, dependencies },
    movesToChangedIds: options.movesToChangedIds ?? false,
    jobDays: options.jobDays ?? 400,
    tendApprovals: (signal) => tendApprovals(parts, signal),
  });
  const credentials = new Credentials({ database, journal, rights, staffTokens, secretKey: options.secretKey, now });
  const parts: GateParts = {
    database,
    journal,
    rights,
    dependencies,
    commands,
    policy,
    boundNames,
    approvalHours: options.approvalHours ?? 24,
    auditKey: key,
    typeService,
    now,
    committed,
  };
  const { people } = dependencies;
  const watch =
    options.policy &&
    new PolicyWatch({
      ...{ source: options.policy, holder: policy, names },
      ...{ database, journal, people, boundNames, rules, now, warn: options.warn },
    });
  await watch?.load();
  return {
    ...defined({ policy: watch }),
    gate: new Gate(parts, { signIn, credentials }),
    settled: () => journal.settled(),
    worker,
    activeJobs,
    sealer,
    auditLog: log,
  };
}

interface Writer {
  readonly database: Database;
  readonly journal: Journal;
  readonly now: () => Date;
}

/** Stores what must exist before the first call, and the bindings of `ws-admin`; recorded like any other write. */
async function storeInitialDocuments({ database, journal, now }: Writer, rules: AdminRules): Promise<void> {
  await transact(database, { now }, async (tx) => {
    if ((await tx.get(rosters, ROSTER_ID)) === null) await tx.insert(rosters, emptyRoster());
    await recordSteps(tx);
    await ensureAuditKey(tx);
    await ensureSigningKey(tx);
    await ensureLogHead(tx, randomUUID());
    await ensureLoginKey(tx);
    await bindConfigured(tx, rules);
    if (tx.changes.length === 0) return;
    await journal.appendIn(tx, {
      at: tx.now,
      via: 'job',
      command: 'start',
      outcome: 'success',
      actor: STEWARD,
      authority: 'service',
      ...effectOf(tx),
      requestId: 'start',
      address: '-',
    });
  });
}

/** @throws NoAdministratorError */
async function assertAdministrable({ database, rules: asConfigured, warn }: AssembleOptions, rules: AdminRules) {
  if (rules.tokenRoles !== undefined) return;
  const roster = (await database.get(rosters, ROSTER_ID)) ?? emptyRoster();
  if (rules.configured.length === 0 && !(await hasLastingAdmin(database, roster))) {
    const isEmpty = asConfigured.configured.length === 0;
    const named = isEmpty ? 'is empty' : "names only ids, which KBase's tokens do not carry";
    throw new NoAdministratorError(
      `Nobody could administer: ws-admin ${named}, and the database has no active full administrator whose right lasts. ` +
        'Name one in ws-admin (a user name, or id:<subject>), start, run addAdmin, and empty ws-admin again if you like.',
    );
  }
  for (const sentence of await configuredWarnings(database, rules, roster)) warn(sentence);
}

/** Earlier versions gave such ids to users, which cannot be undone: ids are immutable. */
async function warnOfReservedIds(database: Database, warn: (sentence: string) => void): Promise<void> {
  for (const user of await database.find(principals, { _id: { $in: [...RESERVED_IDS] } })) {
    warn(
      `the user ${wireName(user)} has the id ${user._id}, under which the service itself acts: their records cannot be ` +
        'told apart. Delete the user (deleteUser); the next one of this name gets another id',
    );
  }
}
