import type { StewardClient } from '../client/client.ts';
import { connect } from './connection.ts';
import type { ListedCommand } from './listed.ts';

/** Help does not wait longer for the service. */
const TIMEOUT_MS = 2_000;

/**
 * The commands that the configured user may run, as `rpc.discover` says, which leaves no record; all of them without a
 * token, or if the service does not answer in time.
 */
export async function allowedAmong(commands: readonly ListedCommand[]): Promise<readonly ListedCommand[]> {
  try {
    const allowed = await allowedNames(connect({}), TIMEOUT_MS);
    return commands.filter(({ name }) => allowed.has(name));
  } catch {
    return commands;
  }
}

/** The names of the commands that the caller may run, without leaving a record. @throws StewardCallError */
export async function allowedNames(client: StewardClient, timeoutMs: number): Promise<ReadonlySet<string>> {
  const { result } = await client.call('rpc.discover', [], { signal: AbortSignal.timeout(timeoutMs) });
  const { 'x-commands': found } = result as { readonly 'x-commands': readonly { readonly name: string }[] };
  return new Set(found.map(({ name }) => name));
}
