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
    const { result } = await connect({}).call('rpc.discover', [], { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { 'x-commands': found } = result as { readonly 'x-commands': readonly { readonly name: string }[] };
    const allowed = new Set(found.map(({ name }) => name));
    return commands.filter(({ name }) => allowed.has(name));
  } catch {
    return commands;
  }
}
