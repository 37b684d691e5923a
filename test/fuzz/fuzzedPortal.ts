import { dialects } from '../../src/server/dialects/dialects.ts';
import { isBookkeeping } from '../../src/store/bookkeeping.ts';
import { peopledHouse } from '../gate/calls.ts';
import { newAdmin } from '../server/dialects/iiifStaff.ts';
import { openPortal, type Portal, SECRET_KEY } from '../server/dialects/portal.ts';
import { until } from '../server/rpc/fakeDoor.ts';
import type { StoredRecord } from '../support/house.ts';
import { bytesOf, type Exchanged, exchange, type FuzzedRequest } from './exchange.ts';

/** One call as the service logged it. */
interface LoggedCall {
  readonly requestId: string;
  readonly method?: string;
  readonly command?: string;
  readonly outcome: string;
}

/** What came of one request. */
export interface Came {
  readonly answer: Exchanged;
  readonly calls: readonly LoggedCall[];
  /** What it broke, in sentences; none if all is well. */
  readonly broken: readonly string[];
}

/** A service on a peopled house, which is looked at before and after each request. */
export interface FuzzedPortal extends AsyncDisposable {
  readonly portal: Portal;
  /** The headers with which somebody calls, by the name of the user or of the system. */
  readonly credentials: Readonly<Record<string, Readonly<Record<string, string>>>>;
  send(request: FuzzedRequest): Promise<Came>;
  /** The same for bytes that need not be HTTP. */
  sendBytes(bytes: Uint8Array): Promise<Came>;
}

/** Users of a peopled house with different rights; `dan` is disabled. */
export const CALLERS = ['boss', 'cec', 'reader', 'limited', 'ann', 'bea', 'stranger', 'dan'] as const;

/** Outcomes that only a fault of the service or of the database explains, and the database has none. */
const FAULTS = ['internal', 'database_unavailable', 'audit_unavailable', 'outcome_unknown', 'deadline_exceeded'].concat(
  ['conflict_busy', 'not_ready', 'format_changed', 'log_damaged'],
);

/** Refusals of `administer` before anybody is known or anything is called, which leave no record. */
const BEFORE_THE_GATE = [
  'parse_error',
  'too_big',
  'params_count',
  'params_missing',
  'server_busy',
  'rate_limited',
].concat([
  'token_missing',
  'token_blank',
  'token_invalid',
  'token_expired',
  'account_disabled',
  'account_closed',
  'auth_refused',
  'caller_gone',
]);

const ADMINISTER = 'Workspace.administer';

/** The routes that only call a command, as the log names them. */
const COMMAND_ROUTES: ReadonlySet<string> = new Set(
  dialects.flatMap(({ system, routes }) =>
    routes
      .filter(({ calls, callsFor }) => calls.method === undefined && callsFor === undefined)
      .map(({ verb, path }) => `${system} ${verb} ${path}`),
  ),
);

/** Whether a call with this name and outcome has reached the gate as a privileged one. */
function isPrivileged({ method = '', outcome }: LoggedCall): boolean {
  if (COMMAND_ROUTES.has(method)) return outcome === 'ok';
  return method === ADMINISTER && !BEFORE_THE_GATE.includes(outcome);
}

export async function openFuzzedPortal(): Promise<FuzzedPortal> {
  const portal = await openPortal({ house: await peopledHouse({ secretKey: SECRET_KEY }) });
  await portal.meet(...CALLERS.filter((name) => name !== 'dan'));
  const credentials = await credentialsIn(portal);
  const port = Number(new URL(portal.url).port);
  const { db } = portal.database;
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const held = names.filter((name) => !isBookkeeping(name, 'outside') && !isBookkeeping(name, 'inside'));
  const stateOf = async () => JSON.stringify((await db.command({ dbHash: 1, collections: held })).collections);

  let state = await stateOf();
  let logged = portal.logged().length;
  let newest = await newestBatch(portal);

  const look = async (answer: Exchanged): Promise<Came> => {
    if (answer.isCut)
      await until(async () => /^steward_in_flight 0$/m.test((await portal.ask('GET', '/metrics')).text));
    const lines = portal.logged().slice(logged);
    logged += lines.length;
    const entries = lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    const calls: LoggedCall[] = entries.filter(({ message }) => message === 'call');
    const batches = await db
      .collection<{ _id: string; records: StoredRecord[] }>('audit')
      .find({ _id: { $gt: newest } })
      .sort({ _id: 1 })
      .toArray();
    newest = batches.at(-1)?._id ?? newest;
    const before = state;
    state = await stateOf();
    const records = batches.flatMap((batch) => batch.records);
    const errors = entries.filter(({ level }) => level === 'error').map((entry) => `logged ${JSON.stringify(entry)}`);
    const broken = [...errors, ...brokenIn({ answer, calls, records, changed: state !== before })];
    return { answer, calls, broken };
  };
  return {
    portal,
    credentials,
    send: async (request) => look(await exchange(port, bytesOf(request))),
    sendBytes: async (bytes) => look(await exchange(port, bytes, true)),
    [Symbol.asyncDispose]: () => portal[Symbol.asyncDispose](),
  };
}

interface Seen extends Omit<Came, 'broken'> {
  readonly records: readonly StoredRecord[];
  readonly changed: boolean;
}

function brokenIn({ answer, calls, records, changed }: Seen): string[] {
  const broken = calls.filter(({ outcome }) => FAULTS.includes(outcome)).map(({ outcome }) => `ended with ${outcome}`);
  if (changed && !calls.some(({ outcome }) => outcome === 'ok')) broken.push('was refused, and changed the data');
  if (changed && records.length === 0) broken.push('changed the data without a record');
  return [...broken, ...calls.flatMap((call) => brokenRecords(call, records))].map((what) => `${what}: ${answer.body}`);
}

/** Each privileged call has left exactly one record, which says how it ended; no other call has left more than one. */
function brokenRecords(call: LoggedCall, records: readonly StoredRecord[]): string[] {
  const { requestId, outcome } = call;
  const own = records.filter((record) => record.requestId === requestId && record.via === 'command');
  if (own.length > 1 || (isPrivileged(call) && own.length === 0)) {
    return [`left ${own.length} records of a command, and ended with ${outcome}`];
  }
  const [record] = own;
  if (record === undefined || ['success', 'dryRun', 'replayed'].includes(record.outcome) === (outcome === 'ok'))
    return [];
  return [`ended with ${outcome}, and its record says ${record.outcome}`];
}

/** Ids of batches of records rise. */
async function newestBatch({ database }: Portal): Promise<string> {
  const [newest] = await database.db.collection<{ _id: string }>('audit').find().sort({ _id: -1 }).limit(1).toArray();
  return newest?._id ?? '';
}

const PASSWORD = 'a password';

async function credentialsIn(portal: Portal): Promise<FuzzedPortal['credentials']> {
  const tokens = Object.fromEntries(CALLERS.map((name) => [name, { authorization: portal.tokenOf(name) }]));
  const admin = await newAdmin(portal, 'ada');
  await portal.run('setPassword', { password: PASSWORD }, 'bea');
  const login = await portal.ask('POST', '/account/authenticate/', { body: { username: 'bea', password: PASSWORD } });
  const [cookie = ''] = (login.headers.get('set-cookie') ?? '').split(';');
  const bearer = { authorization: `Bearer ${portal.tokenOf('boss')}` };
  return {
    ...tokens,
    nobody: {},
    IIIF: { authorization: `JWT ${admin.token}` },
    'G-Node': { cookie },
    'Oracle Analytics': bearer,
    'Image Artist': bearer,
  };
}
