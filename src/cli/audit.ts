import { setTimeout as sleep } from 'node:timers/promises';
import type { StewardClient } from '../client/client.ts';
import { StewardCallError } from '../client/errors.ts';
import type { AuditEntry, GetAudit } from '../schemas/generated.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { reportFailure } from './exitCodes.ts';
import { renderRecord } from './render.ts';

export interface AuditOptions extends ConnectionOptions {
  readonly actor?: string;
  readonly for?: string;
  readonly subject?: string;
  readonly command?: string;
  readonly outcome?: NonNullable<GetAudit['params']['outcome']>;
  readonly resource?: string;
  readonly from?: string;
  readonly to?: string;
  readonly lines: string;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const FOLLOW_MS = 1_000;

/** Shows the newest records, oldest of them first, and with `--follow` those that come. */
export async function audit(options: AuditOptions): Promise<void> {
  const { actor, for: onBehalfOf, subject, command, outcome, resource, from, to, lines, follow, json } = options;
  const query = defined({ actor, onBehalfOf, subject, command, outcome, resource, from, to });
  const show = (entry: AuditEntry) => console.log(json ? JSON.stringify(entry) : renderRecord(entry));
  try {
    const client = connect(options);
    const { result } = await client.administer.getAudit({ ...query, newestFirst: true, limit: Number(lines) });
    const records = result.records.toReversed();
    for (const record of records) show(record);
    if (follow) await followFrom(client, query, records.at(-1)?.record, show);
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, json === true);
  }
}

/** Looking at the audit is itself recorded: what only looks is left out, or it would follow itself. */
async function followFrom(
  client: StewardClient,
  query: GetAudit['params'],
  last: string | undefined,
  show: (entry: AuditEntry) => void,
): Promise<never> {
  let cursor = last;
  for (;;) {
    await sleep(FOLLOW_MS);
    const { result } = await client.administer.getAudit({ ...query, ...defined({ cursor }) });
    for (const record of result.records) {
      if (record.command !== 'getAudit' || query.command === 'getAudit') show(record);
      cursor = record.record;
    }
  }
}

function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
