import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { AuditEntry, GetAudit } from '../base/schemas/generated.ts';
import type { StewardClient } from '../client/client.ts';
import { BusyError, ConnectionError, StewardCallError } from '../client/errors.ts';
import { type ConnectionOptions, connect, connectionOptions } from './connection.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import type { ListedCommand } from './listed.ts';
import { numberOf, parametersOf } from './parameters.ts';
import { renderRecord } from './render.ts';
import { jsonLines, onOneLine } from './terminal.ts';

type Query = GetAudit['params'];

interface AuditOptions extends ConnectionOptions, Omit<Query, 'limit' | 'cursor' | 'newestFirst'> {
  readonly lines: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** What `--lines` and `--follow` say of the query. */
const PAGING = ['limit', 'cursor', 'newestFirst'];
const FOLLOW_MS = 1_000;

/** `steward audit`: gives it its options; its filters are the parameters of the command getAudit. */
export function addAuditOptions(line: Command, getAudit: ListedCommand): void {
  const filters = parametersOf(getAudit).filter(({ name }) => !PAGING.includes(name));
  for (const { option } of filters) line.addOption(option.helpGroup('Only those with:'));
  line
    .option('-n, --lines <number>', 'how many, at most 1000', numberOf('--lines'), 20)
    .option('-f, --follow', 'go on with those that come, until it is interrupted')
    .option('--json', 'one JSON object a line');
  for (const option of connectionOptions()) line.addOption(option);
  line.addHelpText('after', `\n${EXAMPLES}\n\n${exitCodesHelp}`);
  const names = filters.map(({ name }) => name);
  line.action((options: AuditOptions) => audit(options, queryOf(options, names)));
}

const EXAMPLES = [
  'Examples:',
  '  # What was refused to a user since new year',
  '  steward audit --actor lolcats --outcome denied --from 2027-01-01T00:00:00Z',
  '  # Every change of administrators from now on, for a program',
  '  steward audit --command addAdmin --lines 1 --follow --json',
].join('\n');

/** Shows the newest records, oldest of them first, and with `--follow` those that come. */
async function audit(options: AuditOptions, query: Query): Promise<void> {
  const { lines, follow, json } = options;
  const show = (entry: AuditEntry) => console.log(json ? jsonLines(entry) : renderRecord(entry));
  try {
    const client = connect(options);
    const { result } = await client.administer.getAudit({ ...query, newestFirst: true, limit: lines });
    for (const record of result.records.toReversed()) show(record);
    if (follow) await followRecords(client, { query, from: result.follow, show });
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, json === true);
  }
}

function queryOf(options: object, names: readonly string[]): Query {
  const given = options as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])));
}

interface Followed {
  readonly query: Query;
  /** The cursor to go on from. */
  readonly from: string | undefined;
  readonly show: (entry: AuditEntry) => void;
}

/** Looking at the audit is itself recorded: what only looks is left out, or it would follow itself. */
async function followRecords(client: StewardClient, { query, from, show }: Followed): Promise<never> {
  let cursor = from;
  for (;;) {
    const page = await nextPage(client, { ...query, ...(cursor === undefined ? {} : { cursor }) });
    for (const record of page?.records ?? []) {
      if (record.command !== 'getAudit' || query.command === 'getAudit') show(record);
    }
    cursor = page?.next ?? page?.follow ?? cursor;
    if (page?.next === undefined) await sleep(FOLLOW_MS);
  }
}

/** Nothing while the service is busy or away: it comes back, and nothing is missed. */
async function nextPage(client: StewardClient, query: Query): Promise<GetAudit['result'] | undefined> {
  try {
    return (await client.administer.getAudit(query)).result;
  } catch (error) {
    if (!(error instanceof BusyError) && !(error instanceof ConnectionError && error.reason !== 'protocol'))
      throw error;
    console.error(`steward: ${onOneLine(error.message)}; trying again`);
    return undefined;
  }
}
