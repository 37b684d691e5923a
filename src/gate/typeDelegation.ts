import { failureOf } from '../audit/record.ts';
import { refuse, StewardError } from '../base/errors.ts';
import type { Command } from '../operations/operation.ts';
import { isUnavailable } from '../store/database.ts';
import type { CallContext, Validated } from './callContext.ts';
import type { Answer } from './door.ts';
import type { GateParts } from './parts.ts';
import { delegationRemark, draftOf, draftOfMethod, type Ending, type MethodCall, receiptOf } from './records.ts';
import { tokenIn, type WorkspaceService } from './workspaceService.ts';

/** Whether another service has the modules of types. */
export const isDelegated = ({ typeService }: GateParts, { delegated }: Pick<Command, 'delegated'>): boolean =>
  delegated === true && typeService !== undefined;

/**
 * Step 9 for a command that another service runs: it gets the command as it was sent, and the caller's token. The
 * record here only says that the call was delegated.
 *
 * @throws option_invalid, type_service_refused, type_service_unreachable, type_service_outcome_unknown
 */
export async function runDelegated(parts: GateParts, context: CallContext, { options }: Validated): Promise<Answer> {
  const { journal, dependencies, auditKey, now } = parts;
  if (options.dryRun || options.plan !== undefined || options.idempotencyKey !== undefined) {
    throw refuse(
      'option_invalid',
      'dryRun, plan and idempotencyKey cannot be used for commands that another service runs',
    );
  }
  const { command, module, params } = context.decoded ?? {};
  const sent = { command, ...(module == null ? {} : { module }), ...(params == null ? {} : { params }) };
  const effect = context.command?.effect ?? 'write';
  const typeService = serviceOf(parts);
  context.sentTo = dependencies.typeDelegationTarget ?? '';
  const call = { method: 'Workspace.administer', params: [sent], effect };
  const result = await typeService.call(call, tokenIn(context.origin));
  const stored = journal.append(draftOf(context, auditKey, { at: now(), outcome: 'success' }));
  return { result, receipt: receiptOf(await (effect === 'write' ? carriedOut(parts, stored) : stored)) };
}

/**
 * Runs a method at the other service, with the caller's token. A write leaves a record here, even if it fails.
 *
 * @param sent what the caller sent as the parameter; undefined for none
 * @throws type_service_refused, type_service_unreachable, type_service_outcome_unknown
 */
export async function runDelegatedMethod(
  parts: GateParts,
  { caller, ...call }: Omit<MethodCall, 'caller'> & { readonly caller: MethodCall['caller'] | undefined },
  sent: unknown,
): Promise<Answer> {
  const { journal, dependencies, auditKey, now } = parts;
  const { name, effect } = call.method;
  const send = () =>
    serviceOf(parts).call({ method: name, params: sent === undefined ? [] : [sent], effect }, tokenIn(call.origin));
  if (effect === 'read') return { result: await send() };
  if (caller === undefined) throw refuse('token_missing');
  const record = (ending: Pick<Ending, 'outcome' | 'error'>) => {
    const remarks = [delegationRemark(dependencies.typeDelegationTarget ?? '')];
    return journal.append(draftOfMethod({ ...call, caller }, auditKey, { at: now(), remarks, ...ending }));
  };
  let result: unknown;
  try {
    result = await send();
  } catch (error) {
    const recorded = record(failureOf(error));
    await (isUnknown(error) ? recorded.catch(() => undefined) : recorded);
    throw error;
  }
  return { result, receipt: receiptOf(await carriedOut(parts, record({ outcome: 'success' }))) };
}

/** Waits for the record of a delegated call. If it cannot be stored, the error must not say that nothing was done. */
async function carriedOut<R>({ dependencies }: GateParts, recorded: Promise<R>): Promise<R> {
  try {
    return await recorded;
  } catch (error) {
    if (!(error instanceof StewardError) && !isUnavailable(error)) throw error;
    const service = dependencies.typeDelegationTarget ?? '';
    throw refuse('type_service_outcome_unknown', service, 'the audit record could not be stored here');
  }
}

/** Whether the other service may have carried out the call that failed with this error. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof StewardError && error.reason === 'type_service_outcome_unknown';

function serviceOf({ typeService }: GateParts): WorkspaceService {
  if (typeService === undefined) throw new Error('there is no service to delegate to');
  return typeService;
}
