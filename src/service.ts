import { join } from 'node:path';
import { assemble, type House } from './assemble.ts';
import { allCommands } from './commands/index.ts';
import type { LoadedConfig } from './config/load.ts';
import { mongodbUri } from './config/mongodbHost.ts';
import type { AdminRules } from './identity/roster.ts';
import { SIGNING_KEY_FILE } from './identity/signingKey.ts';
import { errorFields, type Logger } from './log.ts';
import type { Send } from './notices/deliver.ts';
import { smtpSender } from './notices/smtp.ts';
import { Desk } from './rest/desk.ts';
import { dialects } from './rest/dialects.ts';
import { CallLimits } from './rpc/callLimits.ts';
import { createMetrics } from './rpc/metrics.ts';
import { createRpcServer, type RpcServer } from './rpc/server.ts';
import { Database } from './store/database.ts';
import { type EmbeddedMongod, startEmbedded } from './store/embedded/server.ts';
import { openTokens, type Tokens } from './tokens.ts';
import { VERSION } from './version.ts';

/** A running service. */
export interface Service {
  /** Where it listens, such as `http://127.0.0.1:7058`. */
  readonly url: string;
  /** The key that the service made to sign tokens with, where none is configured. */
  readonly ownKey: string | undefined;
  /** Where that key is kept. */
  readonly keyFile: string;
  /** Lets requests in flight finish, stores what is to be stored, and stops. */
  stop(): Promise<void>;
}

/**
 * Starts the service as configured: the database (embedded unless one is named), the gate, the door.
 *
 * @throws UnfitDatabaseError, UnfitAuthServiceError, NoAdministratorError with a sentence for the operator; whatever was
 *   started is stopped
 */
export async function startService({ config, secrets }: LoadedConfig, log: Logger): Promise<Service> {
  const started: (() => Promise<void>)[] = [];
  const stopAll = async () => {
    for (const stop of started.toReversed()) await stop();
  };
  try {
    const { database, embedded } = await openDatabase(config, log, started);
    const { tokens, issuer, ownKey } = await openTokens({ config, secrets }, log);
    const mail = openMail(config);
    if (mail !== undefined) started.push(async () => mail.close());
    const house = await openHouse(config, { tokens, issuer }, database, log, mail?.send);
    started.push(house.settled);
    house.worker.start();
    started.push(() => house.worker.stop());
    const server = openDoor(config, house, database, log);
    const { port } = await server.listen({ port: config.port, host: config['listen-address'] });
    started.push(() => server.stop(config['shutdown-grace-seconds'] * 1000));
    log.info('ready', { port, mongodb: database.version, embedded: embedded !== undefined });
    return {
      url: `http://${hostInUrl(config['listen-address'])}:${port}`,
      ownKey,
      keyFile: join(config['data-dir'], SIGNING_KEY_FILE),
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

type Settings = Pick<LoadedConfig, 'config' | 'secrets'>;

async function openDatabase(config: Settings['config'], log: Logger, started: (() => Promise<void>)[]) {
  const report = (line: string) => log.info(line, { room: 'embedded mongodb' });
  const host = config['mongodb-host'];
  let embedded: EmbeddedMongod | undefined;
  if (host === undefined) {
    embedded = await startEmbedded({ dataDir: config['data-dir'], report });
    started.push(embedded.stop);
  }
  const database = await Database.connect({
    uri: embedded?.uri ?? mongodbUri(host ?? '', config['mongodb-retrywrites']),
    database: config['mongodb-database'],
    ...(embedded !== undefined || config['mongodb-user'] === undefined
      ? {}
      : { user: config['mongodb-user'], password: config['mongodb-pwd'] ?? '' }),
  });
  started.push(() => database.close());
  return { database, embedded };
}

function openHouse(
  config: Settings['config'],
  { tokens, issuer }: Tokens,
  database: Database,
  log: Logger,
  sendMail: Send | undefined,
): Promise<House> {
  const delegation = config['type-delegation-target'];
  const secretKey = config['register-secret-key'];
  return assemble({
    database,
    commands: allCommands,
    tokens,
    issuer,
    rules: rulesOf(config),
    ...(delegation === undefined ? {} : { typeDelegationTarget: delegation }),
    ...(sendMail === undefined ? {} : { sendMail }),
    ...(secretKey === undefined ? {} : { secretKey }),
    version: VERSION,
    movesToChangedIds: config['change-ownership-of-changed-user-ids'],
    onError: (error) => log.error('a record could not be stored', errorFields(error)),
    warn: (sentence) => log.warn(sentence),
  });
}

function openMail({ 'smtp-url': url, 'smtp-from': from }: Settings['config']) {
  return url === undefined || from === undefined ? undefined : smtpSender(url, from);
}

function rulesOf(config: Settings['config']): AdminRules {
  const full = config['auth2-ws-admin-full-roles'];
  const readOnly = config['auth2-ws-admin-read-only-roles'];
  const configured = config['ws-admin'];
  return full.length + readOnly.length > 0 ? { configured, tokenRoles: { full, readOnly } } : { configured };
}

function openDoor(config: Settings['config'], house: House, database: Database, log: Logger): RpcServer {
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
    door: house.gate,
    log,
    metrics,
    limits,
    routes: new Desk({ ...{ door: house.gate, dialects, log, metrics, limits, version: VERSION }, ...publicUrl }),
    knownCommand: (name) => names.has(name),
    bodies: {
      maxBodyBytes: config['max-body-bytes'],
      maxAnonymousBodyBytes: config['max-anonymous-body-bytes'],
      maxHeldBodyBytes: config['max-held-body-bytes'],
      bodyGraceSeconds: config['body-grace-seconds'],
      minBodyBytesPerSecond: config['min-body-bytes-per-second'],
    },
    trustForwarded: !config['dont-trust-x-ip-headers'],
    ready: () => database.ping(),
  });
}

/** An address that listens everywhere is reached at the loopback one; an IPv6 address stands in brackets. */
function hostInUrl(address: string): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}
