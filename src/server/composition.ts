import { join } from 'node:path';
import type { Pruner } from '../audit/log/removal.ts';
import type { LoadedConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import { defined } from '../base/defined.ts';
import { errorFields, type Logger } from '../base/log.ts';
import { Spool } from '../base/spool/spool.ts';
import { VERSION } from '../base/version.ts';
import { loadParser } from '../domain/modules/compile.ts';
import { Entrance } from '../gate/entrance.ts';
import { type PolicyWatch, policyFileAt } from '../gate/policy/policyWatch.ts';
import type { AdminRules } from '../identity/roster.ts';
import { linkedGroups } from '../identity/samePerson.ts';
import type { RelyingParty } from '../identity/webauthn.ts';
import type { Send } from '../notices/deliver.ts';
import { allCommands, allMethods } from '../operations/index.ts';
import { Database, startFailure } from '../store/database.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { FormatWatch } from '../store/migrations/watch.ts';
import type { OpenedDatabase } from '../store/open.ts';
import { type Assembled, assemble, LONG_DATA } from './assemble.ts';
import { auditTexts, measureLog, measureWitnesses } from './auditLog.ts';
import { DialectServer } from './dialects/dialectServer.ts';
import { dialects } from './dialects/dialects.ts';
import { watchPolicy } from './policy.ts';
import type { ProxyRules } from './rpc/address.ts';
import { CallLimits } from './rpc/callLimits.ts';
import { CallRates } from './rpc/callRates.ts';
import type { Tracing } from './rpc/callTraces.ts';
import { ConsoleFiles } from './rpc/consoleFiles.ts';
import { createMetrics, type Metrics } from './rpc/metrics.ts';
import { createRpcServer, type RpcServer } from './rpc/server.ts';
import { openTokens, type Tokens } from './tokens.ts';
import { openTracing } from './tracing.ts';
import { earlierKeysOf, witnessesOf } from './witnesses.ts';
import type { WorkerLink } from './workers/workerLink.ts';
import { measureWork } from './workMetrics.ts';

export interface Service {
  /** Where it listens, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** The key that the service made to sign tokens with, if none is configured. */
  readonly ownKey: string | undefined;
  /**
   * Resolves if the service cannot go on because the database now has another format, with an error for the operator.
   * Calls are refused by then, and the caller of `openService` must stop the service.
   */
  readonly failed: Promise<Error>;
  /** Lets requests in flight finish, stores the outstanding records, and stops. */
  stop(): Promise<void>;
}

/** Loads modules that a running service needs later. */
export const preload = (): Promise<unknown> => loadParser();

interface Opened extends OpenedDatabase {
  readonly log: Logger;
  /** Ends a migration after the current batch. */
  readonly signal: AbortSignal;
  readonly started: (() => Promise<void>)[];
  /** The connection to the supervisor, if this process is one of several workers. */
  readonly link: WorkerLink | undefined;
}

/** Puts the service together on an open database, and starts it. @throws what startService throws */
export async function openService(
  { config, secrets }: LoadedConfig,
  { database, embedded, log, signal, started, link }: Opened,
): Promise<Service> {
  let server: RpcServer | undefined;
  const stopAll = async () => {
    await server?.stop(config['shutdown-grace-seconds'] * 1000);
    for (const stop of started.toReversed()) await stop();
  };
  try {
    const { ownKey, ...tokens } = await openTokens({ config, secrets }, log);
    const entrance = new Entrance();
    const spool = await openSpool(config);
    const tracing = await openTracing(process.env, log);
    if (tracing !== undefined) started.push(() => tracing.stop());
    const status: Status = { metrics: createMetrics(), ...defined({ tracing }) };
    link?.provide(status.metrics);
    server = createServer({ config, spool, database, log, link }, entrance, status);
    const isLate = (await link?.begun)?.listensLate ?? false;
    const listening = isLate ? undefined : await listen(server, config);
    const watch = await openFormat({ database, log, signal }, entrance);
    status.format = watch;
    started.push(() => watch.stop());
    const mail = await openMail(config);
    if (mail !== undefined) started.push(async () => mail.close());
    const parts = { config, secrets, spool, database, log };
    const { gate, settled, worker, activeJobs, sealer, auditLog, policy } = await assembleFrom(
      parts,
      tokens,
      mail?.send,
    );
    started.push(() => sealer.finish());
    started.push(settled);
    status.texts = auditTexts(auditLog);
    status.metrics.measure('activeJobs', activeJobs);
    measureWork(database, embedded, status.metrics);
    measureLog(auditLog, sealer, status.metrics);
    measureWitnesses(auditLog, config['audit-witness-urls'], status.metrics);
    worker.start();
    started.push(() => worker.stop());
    if (policy !== undefined) {
      status.policy = policy;
      started.push(watchPolicy(policy, { log, metrics: status.metrics }));
    }
    entrance.open(gate);
    const { port } = listening ?? (await listen(server, config));
    const failed = watch.changed.then((error) => {
      entrance.close('outdated');
      log.error(error.message);
      return error;
    });
    log.info('ready', { port, mongodb: database.version, embedded: config['mongodb-host'] === undefined });
    return { url: `http://${hostInUrl(config['listen-address'])}:${port}`, ownKey, failed, stop: stopAll };
  } catch (error) {
    await stopAll();
    throw startFailure(error);
  }
}

const listen = (server: RpcServer, config: Config) =>
  server.listen({ port: config.port, host: config['listen-address'] });

/** Migrates the database to the format of this program, and watches the format from then on. */
async function openFormat(
  { database, log, signal }: Pick<Opened, 'database' | 'log' | 'signal'>,
  entrance: Entrance,
): Promise<FormatWatch> {
  const report = (line: string) => log.info(line, { room: 'migration' });
  entrance.close('migrating');
  await migrate({ database, program: VERSION, signal, report });
  entrance.close('starting');
  return FormatWatch.begin(database, VERSION);
}

type Config = LoadedConfig['config'];

/** What health and metrics show. */
interface Status {
  /** Set once the database has been prepared. */
  format?: FormatWatch;
  readonly metrics: Metrics;
  /** If calls are traced. */
  readonly tracing?: Tracing;
  /** Once it is loaded, if there is one. */
  policy?: PolicyWatch;
  /** What everybody may read of the audit log, once the service is put together. */
  texts?: ReturnType<typeof auditTexts>;
}

interface Parts {
  readonly config: Config;
  readonly spool: Spool;
  readonly database: Database;
  readonly log: Logger;
}

/** The folder for temporary files, emptied of those of earlier processes. */
export async function openSpool(config: Config): Promise<Spool> {
  const spool = new Spool({
    dir: config['spool-dir'] ?? join(config['data-dir'], 'spool'),
    maxBytes: config['max-spool-bytes'],
    maxBytesPerHolder: config['max-spool-bytes-per-caller'],
    longFrom: Math.min(LONG_DATA, config['max-memory-body-bytes']),
  });
  await spool.sweep();
  return spool;
}

/** The service without its HTTP server, as configured. */
export function assembleFrom(
  { config, secrets, spool, database, log }: Parts & Pick<LoadedConfig, 'secrets'>,
  { tokens, issuer, issuers }: Tokens,
  sendMail: Send | undefined,
): Promise<Assembled> {
  return assemble({
    ...{ database, spool, tokens, issuer, issuers },
    commands: allCommands,
    rules: rulesOf(config),
    ...defined({ typeDelegationTarget: config['type-delegation-target'], policy: policyOf(config) }),
    typespecCopySources: config['typespec-copy-sources'],
    ...defined({ sendMail, secretKey: config['register-secret-key'] }),
    jobDays: config['job-days'],
    approvalHours: config['approval-hours'],
    breakGlassMinutes: config['break-glass-minutes'],
    version: VERSION,
    ...defined({ relyingParty: relyingPartyOf(config) }),
    sessionHours: config['session-hours'],
    ticketRules: {
      minutes: config['ticket-minutes'],
      authAgeSeconds: config['ticket-auth-age-seconds'],
      acr: config['ticket-acr'],
      amr: config['ticket-amr'],
    },
    ...defined({ pruner: prunerOf(config) }),
    ...defined({ auditSigningKeyPem: secrets.auditSigningKeyPem, auditPreviousKeyPem: secrets.auditPreviousKeyPem }),
    ...defined({ auditOrigin: config['audit-origin'] }),
    ...defined({ witnesses: witnessesOf(config) }),
    auditEarlierKeys: earlierKeysOf(config),
    movesToChangedIds: config['change-ownership-of-changed-user-ids'],
    onError: (error) => log.error('a record could not be stored', errorFields(error)),
    warn: (sentence) => log.warn(sentence),
  });
}

/** Another account for pruning, if one is configured. */
function prunerOf(config: Config): Pruner | undefined {
  const { uri, ...settings } = databaseSettings(config);
  const [user, password] = [config['audit-prune-user'], config['audit-prune-pwd']];
  if (uri === undefined || user === undefined || password === undefined) return undefined;
  return {
    open: async () => {
      const database = await Database.connect({ ...{ uri, user, password }, database: settings.database });
      return { database, close: () => database.close() };
    },
  };
}

const policyOf = ({ 'policy-file': file }: Config) => (file === undefined ? undefined : policyFileAt(file));

async function openMail({ 'smtp-url': url, 'smtp-from': from }: Config) {
  if (url === undefined || from === undefined) return undefined;
  const { smtpSender } = await import('../notices/smtp.ts');
  return smtpSender(url, from);
}

/** Who are the administrators, as configured. */
export function rulesOf(config: Config): Omit<AdminRules, 'issuers'> {
  const full = config['auth2-ws-admin-full-roles'];
  const readOnly = config['auth2-ws-admin-read-only-roles'];
  const configured = config['ws-admin'];
  const linkedAccounts = linkedGroups(config['linked-accounts']);
  const tokenRoles = full.length + readOnly.length > 0 ? { full, readOnly } : undefined;
  return defined({ configured, linkedAccounts, tokenRoles });
}

function createServer(parts: Parts & Pick<Opened, 'link'>, door: Entrance, status: Status): RpcServer {
  const { config, spool, database, log, link } = parts;
  const { metrics, tracing: traces } = status;
  const publicUrl = defined({ serviceUrl: config['service-url'] });
  const names = new Set(allCommands.map((c) => c.name));
  const long = new Set([...allCommands, ...allMethods].filter((o) => o.long).map((o) => o.name));
  const deadlines = { seconds: config['call-deadline-seconds'], isLong: (name: string) => long.has(name) };
  const limits = limitsOf(config, database);
  return createRpcServer({
    door,
    log,
    metrics,
    limits,
    deadlines,
    traces,
    routes: new DialectServer({
      ...{ door, dialects, log, metrics, limits, deadlines, traces, version: VERSION },
      ...publicUrl,
    }),
    knownCommand: (name) => names.has(name),
    bodies: {
      maxBodyBytes: config['max-body-bytes'],
      maxAnonymousBodyBytes: config['max-anonymous-body-bytes'],
      files: { spool, fromBytes: config['max-memory-body-bytes'] },
      maxHeldBodyBytes: config['max-held-body-bytes'],
      bodyGraceSeconds: config['body-grace-seconds'],
      minBodyBytesPerSecond: config['min-body-bytes-per-second'],
    },
    maxHeldAnswerBytes: config['max-held-answer-bytes'],
    proxies: proxiesOf(config, log),
    corsOrigins: config['cors-origins'],
    ...(config.console ? { console: new ConsoleFiles() } : {}),
    ready: async () => door.state === 'open' && status.format?.isWritten === true && (await database.ping()),
    policyTrouble: () => status.policy?.trouble,
    texts: () => status.texts,
    unready: () => (door.state === 'open' ? undefined : door.state),
    ...(link && { workers: () => link.view, metricsOfAll: () => link.metricsOfAll() }),
  });
}

function limitsOf(config: Config, database: Database): CallLimits {
  const rates = new CallRates(database, {
    maxCallsPerMinute: config['max-calls-per-minute'],
    maxAnonymousCallsPerMinute: config['max-anonymous-calls-per-minute'],
  });
  const bounds = {
    maxCalls: config['max-calls'],
    maxCallsPerCaller: config['max-calls-per-caller'],
    maxWritesPerCaller: config['max-writes-per-caller'],
    maxAnonymousCalls: config['max-anonymous-calls'],
    maxAnonymousCallsPerAddress: config['max-anonymous-calls-per-address'],
  };
  return new CallLimits(bounds, rates);
}

/**
 * The proxies whose headers about addresses are trusted. As in KBase's services, there are none with
 * `dont-trust-x-ip-headers`; unlike there, only proxies that are named are trusted.
 */
function proxiesOf(config: Config, log: Logger): ProxyRules {
  if (config['dont-trust-x-ip-headers']) return { trusted: [] };
  return {
    trusted: config['trusted-proxies'],
    onUnnamed: (peer) =>
      log.warn(
        `requests arrive with X-Forwarded-For from ${peer}, which trusted-proxies does not name: if it is your proxy, ` +
          'name it there, or else all its clients count as one; if it is not, set dont-trust-x-ip-headers = true',
      ),
  };
}

/** A service that listens on all addresses is reached on the loopback one. A URL has IPv6 addresses in brackets. */
function hostInUrl(address: string): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

/** The relying party of passkeys. */
function relyingPartyOf({ 'webauthn-rp-id': id, 'webauthn-origins': origins }: Config): RelyingParty | undefined {
  return id === undefined ? undefined : { id, origins };
}
