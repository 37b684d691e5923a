import { StewardError } from '../../base/errors.ts';
import { assertUsername } from '../../identity/usernames.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import type { Findings } from './findings.ts';
import { tableOf } from './kbaseTables.ts';
import { assertMapped } from './mapping.ts';
import { readAhead } from './readAhead.ts';
import type { Sources } from './step.ts';

export interface Inspecting {
  readonly sources: Sources;
  readonly findings: Findings;
  /** Whether all data is read too, and its MD5 compared. */
  readonly checksData: boolean;
  readonly signal: AbortSignal;
  /** Told how many documents of a collection were read so far. */
  readonly report: (collection: string, read: number) => void;
}

/** Reads a collection page by page, and checks each document against its table. */
export async function inspectPages(
  { sources, signal, report }: Inspecting,
  collection: string,
  check: (page: readonly ForeignDocument[]) => Promise<void>,
): Promise<void> {
  const table = tableOf(collection);
  let read = 0;
  report(collection, read);
  for await (const page of readAhead(sources[table.database].pages(collection))) {
    signal.throwIfAborted();
    for (const document of page) if (document.cloning !== true) assertMapped(table, document);
    await check(page);
    read += page.length;
    report(collection, read);
  }
}

/** Why no user can have this name; undefined for a good one. */
function nameProblem(name: string): string | undefined {
  try {
    assertUsername(name);
    return undefined;
  } catch (error) {
    if (error instanceof StewardError) return error.message;
    throw error;
  }
}

/** Whether there can be a user of this name. If not, that is a finding, and the name is left out. */
export function canBeUser({ sources, findings }: Inspecting, name: string): boolean {
  if (sources.excluded.users.has(name)) return false;
  const problem = nameProblem(name);
  if (problem === undefined) return true;
  findings.add('user', name, problem);
  sources.excluded.users.add(name);
  return false;
}
