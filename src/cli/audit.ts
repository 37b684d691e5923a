import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { defined } from '../base/defined.ts';
import { nearest } from '../base/nearest.ts';
import type { AuditEntry, GetAudit, ShownNames } from '../base/schemas/generated.ts';
import type { StewardClient } from '../client/client.ts';
import { BusyError, ConnectionError, StewardCallError } from '../client/errors.ts';
import { type ConnectionOptions, connect, connectionOptions } from './connection.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import { helpExamples } from './helpExamples.ts';
import type { ListedCommand } from './listed.ts';
import { listedCommands } from './listing.ts';
import { numberOf, parametersOf } from './parameters.ts';
import { renderRecord } from './render.ts';
import { styleOf } from './style.ts';
import { jsonLines, onOneLine } from './terminal.ts';

type Query = GetAudit['params'];

interface AuditOptions extends ConnectionOptions, Omit<Query, 'limit' | 'cursor' | 'newestFirst' | 'withNames'> {
  readonly lines: number;
  readonly follow?: boolean;
  readonly reads?: boolean;
  readonly json?: boolean;
}

/** The parameters that are no filters. */
const NO_FILTERS = ['limit', 'cursor', 'newestFirst', 'withNames'];
const FOLLOW_MS = 1_000;

/** Adds the options of `steward audit`. The filters are the parameters of the command getAudit. */
export function addAuditOptions(line: Command, getAudit: ListedCommand): void {
  const filters = parametersOf(getAudit).filter(({ name, isHidden }) => !isHidden && !NO_FILTERS.includes(name));
  for (const { option } of filters) line.addOption(option.helpGroup('Only those with:'));
  line
    .option('-n, --lines <number>', 'how many, at most 1000', numberOf('--lines'), 20)
    .option('-f, --follow', 'also show new records, until interrupted')
    .option('--reads', 'also show calls that only read, which are left out without --effect or --command')
    .option('--json', 'print one JSON object on each line');
  for (const option of connectionOptions()) line.addOption(option);
  line.addHelpText('after', () => `${EXAMPLES}\n\n${exitCodesHelp}`);
  const names = filters.map(({ name }) => name);
  line.action((options: AuditOptions) => audit(options, queryOf(options, names)));
}

const EXAMPLES = helpExamples(
  ['What was refused to a user since yesterday', 'steward audit --actor alice --outcome denied --from yesterday'],
  ['All that an administrator did, with calls that only read', 'steward audit --actor admin --reads'],
  [
    'Changes of administrators from now on, for a program',
    'steward audit --command addAdmin --lines 1 --follow --json',
  ],
);

/** Shows the newest records in ascending order, and with `--follow` also new ones. */
async function audit(options: AuditOptions, query: Query): Promise<void> {
  const { lines, follow, json } = options;
  const isNarrowed = options.reads === true || query.effect !== undefined || query.command !== undefined;
  const wanted = { ...query, ...(isNarrowed ? {} : { effect: 'write' as const }), withNames: !json };
  const show = (entry: AuditEntry, names: ShownNames | undefined) =>
    console.log(json ? jsonLines(entry) : renderRecord(entry, defined({ style: styleOf(), names })));
  try {
    const client = connect(options);
    const { result } = await client.administer.getAudit({ ...wanted, newestFirst: true, limit: lines });
    for (const record of result.records.toReversed()) show(record, result.names);
    if (result.records.length === 0 && !follow && !json) await sayNone(query.command);
    if (follow) await followRecords(client, { query: wanted, from: result.follow, show });
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json: json === true });
  }
}

/** Says that nothing was found, and which command was probably meant by one that does not exist. */
async function sayNone(command: string | undefined): Promise<void> {
  console.error('No records.');
  const names = (await listedCommands()).map(({ name }) => name);
  const meant = command === undefined || names.includes(command) ? undefined : nearest(command, names);
  if (meant !== undefined) console.error(`Did you mean: ${meant}`);
}

function queryOf(options: object, names: readonly string[]): Query {
  const given = options as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}

interface FollowOptions {
  readonly query: Query;
  /** The cursor of the first new record. */
  readonly from: string | undefined;
  readonly show: (entry: AuditEntry, names: ShownNames | undefined) => void;
}

/** Shows new records. Reading the audit is itself recorded, so records of getAudit are left out unless asked for. */
async function followRecords(client: StewardClient, { query, from, show }: FollowOptions): Promise<never> {
  let cursor = from;
  for (;;) {
    const page = await nextPage(client, { ...query, ...defined({ cursor }) });
    for (const record of page?.records ?? []) {
      if (record.command !== 'getAudit' || query.command === 'getAudit') show(record, page?.names);
    }
    cursor = page?.next ?? page?.follow ?? cursor;
    if (page?.next === undefined) await sleep(FOLLOW_MS);
  }
}

/** The next page; undefined while the service is busy or not reached. No record is missed meanwhile. */
async function nextPage(client: StewardClient, query: Query): Promise<GetAudit['result'] | undefined> {
  try {
    return (await client.administer.getAudit(query)).result;
  } catch (error) {
    const passes = error instanceof BusyError || (error instanceof ConnectionError && error.reason !== 'protocol');
    if (!passes) throw error;
    console.error(`steward: ${onOneLine(error.message)}; trying again`);
    return undefined;
  }
}
