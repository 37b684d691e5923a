import type { Command } from '../commands/command.ts';
import { refuse } from '../errors.ts';
import type { Answer } from './door.ts';
import type { Judged, Passage } from './passage.ts';
import type { GateParts } from './pipeline.ts';
import { draftOf, receiptOf } from './records.ts';
import { tokenIn } from './workspaceService.ts';

/** True where another service has the modules of types. */
export const isDelegated = ({ typeService }: GateParts, command: Command): boolean =>
  command.delegated === true && typeService !== undefined;

/**
 * Step 9 for a command that another service runs: it gets the command as it came, and the caller's token. What that
 * changed, its own audit says; the record here says that it was asked to.
 *
 * @throws option_invalid, type_service_refused, type_service_unreachable
 */
export async function runDelegated(parts: GateParts, passage: Passage, { options }: Judged): Promise<Answer> {
  const { journal, typeService, rooms, auditKey, now } = parts;
  if (typeService === undefined) throw new Error('there is no service to delegate to');
  if (options.dryRun || options.plan !== undefined || options.idempotencyKey !== undefined) {
    throw refuse('option_invalid', 'dryRun, plan and idempotencyKey are not for commands that another service runs');
  }
  const { command, module, params } = passage.decoded ?? {};
  const sent = { command, ...(module == null ? {} : { module }), ...(params == null ? {} : { params }) };
  const result = await typeService.call('Workspace.administer', [sent], tokenIn(passage.origin));
  const remarks = [`delegated to ${rooms.typeDelegationTarget}`];
  const record = await journal.append(draftOf(passage, auditKey, { at: now(), outcome: 'success', remarks }));
  return { result, receipt: receiptOf(record) };
}
