import { join } from 'node:path';
import type { LoadedConfig } from '../base/config/load.ts';
import { errorFields, type Logger } from '../base/log.ts';
import { Spool } from '../base/spool/spool.ts';
import { VERSION } from '../base/version.ts';
import { loadParser } from '../domain/modules/compile.ts';
import { Entrance } from '../gate/entrance.ts';
import type { AdminRules } from '../identity/roster.ts';
import type { Send } from '../notices/deliver.ts';
import { allCommands } from '../operations/index.ts';
import type { Database } from '../store/database.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { FormatWatch } from '../store/migrations/watch.ts';
import type { OpenedDatabase } from '../store/open.ts';
import { assemble, type House, LONG_DATA } from './assemble.ts';
import { DialectServer } from './dialects/dialectServer.ts';
import { dialects } from './dialects/dialects.ts';
import type { ProxyRules } from './rpc/address.ts';
import { CallLimits } from './rpc/callLimits.ts';
import { createMetrics } from './rpc/metrics.ts';
import { createRpcServer, type RpcServer } from './rpc/server.ts';
import { openTokens, type Tokens } from './tokens.ts';

/** A running service. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** The key that the service made to sign tokens with, where none is configured. */
  readonly ownKey: string | undefined;
  /**
   * Resolves where the service cannot go on, with an error whose message tells the operator why: the database has another
   * format now. Calls are refused already; whoever started the service stops it.
   */
  readonly failed: Promise<Error>;
  /** Lets requests in flight finish, stores what is to be stored, and stops. */
  stop(): Promise<void>;
}

/** Loads what a service needs when it is ready already. */
export const loadTheRest = (): Promise<unknown> => loadParser();

interface Opened extends OpenedDatabase {
  readonly log: Logger;
  /** Ends a migration after the batch that is under way. */
  readonly signal: AbortSignal;
  /** What stops each part that was started. */
  readonly started: (() => Promise<void>)[];
}

/**
 * Puts the service together on an open database, and starts it.
 *
 * @throws what startService throws; whatever was started is stopped
 */
export async function openService(
  { config, secrets }: LoadedConfig,
  { database, embedded, log, signal, started }: Opened,
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
    server = openDoor({ config, spool, database, log }, entrance);
    const { port } = await server.listen({ port: config.port, host: config['listen-address'] });
    const watch = await openFormat({ database, log, signal }, entrance);
    started.push(() => watch.stop());
    const mail = await openMail(config);
    if (mail !== undefined) started.push(async () => mail.close());
    const house = await openHouse({ config, spool, database, log }, tokens, mail?.send);
    started.push(house.settled);
    house.worker.start();
    started.push(() => house.worker.stop());
    entrance.open(house.gate);
    const failed = watch.changed.then((error) => {
      entrance.close('outdated');
      log.error(error.message);
      return error;
    });
    log.info('ready', { port, mongodb: database.version, embedded: embedded !== undefined });
    return {
      url: `http://${hostInUrl(config['listen-address'])}:${port}`,
      ownKey,
      failed,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Brings the database to the format of this program, and has it watched from then on. */
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

type Settings = Pick<LoadedConfig, 'config' | 'secrets'>;

/** What doors and house are built on. */
interface Ground {
  readonly config: Settings['config'];
  readonly spool: Spool;
  readonly database: Database;
  readonly log: Logger;
}

/** The temporary files, without what an earlier process left behind. */
async function openSpool(config: Settings['config']): Promise<Spool> {
  const spool = new Spool({
    dir: config['spool-dir'] ?? join(config['data-dir'], 'spool'),
    maxBytes: config['max-spool-bytes'],
    maxBytesPerHolder: config['max-spool-bytes-per-caller'],
    longFrom: Math.min(LONG_DATA, config['max-memory-body-bytes']),
  });
  await spool.sweep();
  return spool;
}

function openHouse(
  { config, spool, database, log }: Ground,
  { tokens, issuer, issuers }: Tokens,
  sendMail: Send | undefined,
): Promise<House> {
  const delegation = config['type-delegation-target'];
  const secretKey = config['register-secret-key'];
  return assemble({
    database,
    spool,
    commands: allCommands,
    tokens,
    issuer,
    issuers,
    rules: rulesOf(config),
    ...(delegation === undefined ? {} : { typeDelegationTarget: delegation }),
    typespecCopySources: config['typespec-copy-sources'],
    ...(sendMail === undefined ? {} : { sendMail }),
    ...(secretKey === undefined ? {} : { secretKey }),
    version: VERSION,
    movesToChangedIds: config['change-ownership-of-changed-user-ids'],
    onError: (error) => log.error('a record could not be stored', errorFields(error)),
    warn: (sentence) => log.warn(sentence),
  });
}

async function openMail({ 'smtp-url': url, 'smtp-from': from }: Settings['config']) {
  if (url === undefined || from === undefined) return undefined;
  const { smtpSender } = await import('../notices/smtp.ts');
  return smtpSender(url, from);
}

function rulesOf(config: Settings['config']): Omit<AdminRules, 'issuers'> {
  const full = config['auth2-ws-admin-full-roles'];
  const readOnly = config['auth2-ws-admin-read-only-roles'];
  const configured = config['ws-admin'];
  return full.length + readOnly.length > 0 ? { configured, tokenRoles: { full, readOnly } } : { configured };
}

function openDoor({ config, spool, database, log }: Ground, door: Entrance): RpcServer {
  const metrics = createMetrics();
  const url = config['service-url'];
  const publicUrl = url === undefined ? {} : { serviceUrl: url };
  const names = new Set(allCommands.map((c) => c.name));
  const limits = new CallLimits({
    maxCalls: config['max-calls'],
    maxCallsPerCaller: config['max-calls-per-caller'],
    maxWritesPerCaller: config['max-writes-per-caller'],
    maxAnonymousCalls: config['max-anonymous-calls'],
    maxAnonymousCallsPerAddress: config['max-anonymous-calls-per-address'],
  });
  return createRpcServer({
    door,
    log,
    metrics,
    limits,
    routes: new DialectServer({ ...{ door, dialects, log, metrics, limits, version: VERSION }, ...publicUrl }),
    knownCommand: (name) => names.has(name),
    bodies: {
      maxBodyBytes: config['max-body-bytes'],
      maxAnonymousBodyBytes: config['max-anonymous-body-bytes'],
      files: { spool, fromBytes: config['max-memory-body-bytes'] },
      maxHeldBodyBytes: config['max-held-body-bytes'],
      bodyGraceSeconds: config['body-grace-seconds'],
      minBodyBytesPerSecond: config['min-body-bytes-per-second'],
    },
    proxies: proxiesOf(config, log),
    corsOrigins: config['cors-origins'],
    ready: async () => door.state === 'open' && (await database.ping()),
    unready: () => (door.state === 'open' ? undefined : door.state),
  });
}

/**
 * Whose headers about addresses are believed. As in KBase's services, `dont-trust-x-ip-headers` forbids to believe any;
 * unlike there, nobody is believed who is not named.
 */
function proxiesOf(config: Settings['config'], log: Logger): ProxyRules {
  if (config['dont-trust-x-ip-headers']) return { trusted: [] };
  return {
    trusted: config['trusted-proxies'],
    onUnnamed: (peer) =>
      log.warn(
        `requests arrive with X-Forwarded-For from ${peer}, which trusted-proxies does not name: if it is your proxy, ` +
          'name it there, else all its clients are taken for one; if it is not, set dont-trust-x-ip-headers = true',
      ),
  };
}

/** An address that listens everywhere is reached at the loopback one; an IPv6 address stands in brackets. */
function hostInUrl(address: string): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}
