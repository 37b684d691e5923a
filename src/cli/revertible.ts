import type { AuditEntry } from '../base/schemas/generated.ts';
import { abbreviated } from '../base/text.ts';
import type { StewardClient } from '../client/client.ts';
import { changeSummary } from './changeSummary.ts';
import type { CommandCall } from './confirmedCommand.ts';
import type { ListedCommand } from './listed.ts';
import { jsonLines, onOneLine } from './terminal.ts';

/** How many records of the caller are looked through, at most. */
const MAX_LOOKED_AT = 200;

/** How many characters of a parameter are shown. */
const MAX_VALUE = 40;

/** Something that was done, with the command that reverts it. */
export interface Undoable {
  readonly at: string;
  readonly command: string;
  /** The command with its parameters, on a line. */
  readonly call: string;
  readonly change: string;
  readonly record: string;
}

/**
 * The newest records of the caller that may be reverted, and are not: whether nothing has changed since is only known from
 * the dry run.
 */
export async function newestUndoable(
  client: StewardClient,
  commands: readonly ListedCommand[],
  count: number,
): Promise<Undoable[]> {
  const { user } = (await client.administer.listMyPrivileges()).result;
  const own = { actor: user, effect: 'write', outcome: 'success', newestFirst: true } as const;
  const search = { ...own, withNames: true, limit: MAX_LOOKED_AT };
  const { records, names } = (await client.administer.getAudit(search)).result;
  const oldest = records.at(-1);
  if (oldest === undefined) return [];
  const reverted = await revertedSince(client, oldest.at);
  const isOpen = (entry: AuditEntry) => {
    const id = jobOf(entry);
    return !reverted.has(entry.record) && !(id !== undefined && reverted.has(id));
  };
  return records
    .filter((entry) => mayRevert(entry, commands) && isOpen(entry))
    .slice(0, count)
    .map((entry) => ({
      at: entry.at,
      command: entry.command,
      call: callText(entry),
      change: changeSummary(entry.changes, names),
      record: entry.record,
    }));
}

/** The command that reverts a record: for one that began a job of moves, that of the job. */
export async function reverting(
  client: StewardClient,
  commands: readonly ListedCommand[],
  record: string,
): Promise<CommandCall> {
  const [entry] = (await client.administer.getAudit({ record })).result.records;
  const begins = commands.find(({ name }) => name === entry?.command)?.isRevertedAsJob === true;
  const id = begins && entry !== undefined ? jobOf(entry) : undefined;
  const [name, params] = id === undefined ? ['revert', { record }] : ['revertJob', { id }];
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw new TypeError(`there is no command ${name}`);
  // Whoever undoes something sees first what that is.
  return { command: { ...command, confirm: {} }, parts: { params } };
}

function mayRevert({ via, command, changes }: AuditEntry, commands: readonly ListedCommand[]): boolean {
  const isFinal = commands.find(({ name }) => name === command)?.isFinal === true;
  return !isFinal && (via === 'command' || via === 'method') && changes.length > 0;
}

/** A command as it was called: the user whom it is about, and the other parameters by their names. */
function callText({ command, params }: AuditEntry): string {
  const { user, ...others } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => abbreviated(typeof value === 'string' ? value : jsonLines(value), MAX_VALUE);
  const words = Object.entries(others).map(([name, value]) => `${name}=${text(value)}`);
  return onOneLine([command, ...(user === undefined ? [] : [text(user)]), ...words].join(' '));
}

/** The id of the job that a record began. */
const jobOf = ({ changes }: AuditEntry): string | undefined =>
  changes.find(({ collection, op }) => collection === 'jobs' && op === 'insert')?.id;

/** The records and jobs that were reverted since then by anybody, unless that was reverted in turn. */
async function revertedSince(client: StewardClient, from: string): Promise<ReadonlySet<string>> {
  const search = { from, outcome: 'success', newestFirst: true, limit: MAX_LOOKED_AT } as const;
  const reverts = (await client.administer.getAudit({ ...search, command: 'revert' })).result.records;
  const jobReverts = (await client.administer.getAudit({ ...search, command: 'revertJob' })).result.records;
  const reverted = new Set<string>();
  for (const entry of [...reverts, ...jobReverts].sort((a, b) => b.at.localeCompare(a.at))) {
    const { record, id } = (entry.params ?? {}) as { readonly record?: string; readonly id?: string };
    const isUndone = [entry.record, jobOf(entry)].some((each) => each !== undefined && reverted.has(each));
    if (!isUndone) for (const each of [record, id]) if (each !== undefined) reverted.add(each);
  }
  return reverted;
}
