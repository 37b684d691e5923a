import { refuse } from '../base/errors.ts';
import { approvalRequests } from '../domain/approvals/request.ts';
import type { CallContext } from './callContext.ts';
import type { CommandObject } from './decode.ts';
import { readParams } from './params.ts';
import type { GateParts } from './parts.ts';
import { assertRights } from './rights.ts';

/** The command that runs an approved call. The gate resolves it to that call, which then passes all steps itself. */
export const RUN_APPROVED = 'runApproved';

/**
 * The call of a request that the caller made, with the request as its approval.
 *
 * @throws invalid_params, option_invalid, approval_unknown, approval_not_runnable; rights_required for a read-only
 *   administrator without such a request
 */
export async function approvedCall(
  parts: GateParts,
  context: CallContext,
  sent: CommandObject,
): Promise<CommandObject> {
  const { database, commands } = parts;
  const { caller, known } = context;
  const runApproved = commands.get(RUN_APPROVED);
  if (runApproved === undefined) return sent;
  const id = (sent.params as { readonly request?: unknown } | null | undefined)?.request;
  const request = typeof id === 'string' ? await database.get(approvalRequests, id) : null;
  const isOwn =
    request !== null &&
    request.requester.person.id === caller.principal._id &&
    request.requester.service?.id === caller.delegate?.principal._id;
  const view = { roster: known.roster, reader: database };
  if (!isOwn) await assertRights(parts, { context, command: runApproved }, view);
  const params = readParams(runApproved, sent) as { readonly request: string };
  if (!isOwn) throw refuse('approval_unknown', params.request);
  const { reason, approval, runWhenApproved, ...options } = sent.options;
  if (reason !== undefined || approval !== undefined || runWhenApproved !== undefined) {
    const why = 'runApproved takes the reason and the approval from the request';
    throw refuse('option_invalid', `reason, approval and runWhenApproved have no effect here: ${why}`);
  }
  if (!request.runnable) throw refuse('approval_not_runnable', request._id);
  return {
    command: request.command,
    user: request.user,
    module: request.module,
    params: JSON.parse(request.params),
    options: {
      ...options,
      reason: request.reason,
      approval: options.dryRun === true ? undefined : request._id,
      runWhenApproved: undefined,
    },
  };
}
