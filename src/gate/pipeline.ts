import { effectOf, failureOf, type RecordDraft } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { type Reason, refuse, StewardError } from '../base/errors.ts';
import { schemaOf } from '../base/schemas/validator.ts';
import { shownNames } from '../domain/ownership/shownNames.ts';
import { NO_RANK } from '../identity/rank.ts';
import type { Command } from '../operations/operation.ts';
import { assertAwaited } from '../store/awaited.ts';
import type { Change } from '../store/changes.ts';
import { isUnavailable } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import { witnessing } from '../store/witness.ts';
import { previewOfRead, recordApprovedRead, recordStale, settleApproval, useApproval } from './approvals.ts';
import { approvedCall, RUN_APPROVED } from './approvedCall.ts';
import type { CallContext, Caller, Validated } from './callContext.ts';
import type { CheckedCall } from './decision.ts';
import {
  AlreadyRecorded,
  authorised,
  callOf,
  confirm,
  type Decided,
  decided,
  decisionOf,
  refuseRecorded,
  renewDecision,
  sameDecision,
} from './decision.ts';
import { type CommandObject, decode, withParamFromTarget, withTargetFromParams } from './decode.ts';
import type { Answer, Origin } from './door.ts';
import { glassOf } from './glass.ts';
import { callerUnder, readUnderCurrentRights } from './knowledge.ts';
import { laneOf } from './lanes.ts';
import { withNewcomers } from './newcomers.ts';
import { readOptions } from './options.ts';
import { readParams } from './params.ts';
import type { GateParts } from './parts.ts';
import { emptyPlan, type Preview, planOf, previewIn } from './plan.ts';
import { NO_REQUIREMENTS } from './policy/requirements.ts';
import { rankOfCaller, rolesFor } from './ranking.ts';
import { assertWithinBudgets } from './readBudgets.ts';
import { draftOf, receiptOf } from './records.ts';
import {
  answerId,
  assertSameRequest,
  requestDigest,
  resultOf,
  type StoredAnswer,
  storedAnswers,
  storedResult,
} from './replay.ts';
import { assertRequired, useRequired } from './require.ts';
import { assertRank, assertRights } from './rights.ts';
import { initiatorOf } from './standing.ts';
import { introduceForRead, introduceSubject, presentSubject, subjectOf } from './subjects.ts';
import { isDelegated, isUnknown, runDelegated } from './typeDelegation.ts';

/**
 * The gate: runs a call of `administer` by an identified caller (step 1, `identity/signIn.ts`). Each step either lets
 * the call through or throws, and every error is recorded.
 */
export async function pass(parts: GateParts, { caller, object, origin }: IncomingCommand): Promise<Answer> {
  const context = await begin(parts, { caller, object, origin });
  try {
    await rank(parts, context);
    const decoded = await resolve(parts, context);
    const command = known(context);
    const view = { roster: context.known.roster, reader: parts.database };
    await assertRights(parts, { context, command }, view);
    const validated = await validate(parts, context, { command, decoded });
    Object.assign(context, await authorised(parts, { context, command, validated }, view));
    context.glass = await glassUnder(parts, context, command);
    const stored = await replay(parts, context);
    if (stored !== undefined) {
      await renewDecision(parts, { context, command, validated });
      return await replayWith(parts, context, stored);
    }
    await assertRequired(parts, { context, command, validated }, (call) => preview(parts, call));
    if (isDelegated(parts, command)) {
      await renewDecision(parts, { context, command, validated });
      return await runDelegated(parts, context, validated);
    }
    return command.effect === 'write'
      ? await runWrite(parts, { context, command, validated })
      : await runRead(parts, { context, command, validated });
  } catch (error) {
    if (error instanceof AlreadyRecorded) throw error.cause;
    if (await recordStale(parts, context, error)) throw error;
    await recordFailure(parts, context, error);
    throw error;
  }
}

async function begin({ rights }: GateParts, { caller, object, origin }: IncomingCommand): Promise<CallContext> {
  // Step 1 may be as long ago as the call took to arrive.
  const known = { ...(await rights.known()), at: caller.at };
  return { caller, origin, object, known, roles: [], rank: NO_RANK, requirements: NO_REQUIREMENTS, named: new Map() };
}

/** Step 2. Refused before the command is even read. */
async function rank(parts: GateParts, context: CallContext): Promise<void> {
  const { database, policy, now } = parts;
  const { rules } = parts.dependencies;
  const { roster } = context.known;
  context.caller = await callerUnder((from, id) => database.get(from, id), context.caller, roster);
  context.roles = await rolesFor(context.caller, rules, policy.current.needs);
  context.rank = rankOfCaller(context.caller, context.roles, { rules, roster, now: now() });
  await assertRank(parts, context, { roster, reader: database });
}

/** The break-glass under which the caller acts. @throws break_glass_unreviewed */
function glassUnder(parts: GateParts, { known: { roster }, caller }: CallContext, command: Command) {
  const { database, dependencies, now } = parts;
  const call = { roster, caller, command };
  return glassOf((from, id) => database.get(from, id), call, { rules: dependencies.rules, now: now() });
}

/** Step 3. In the place of `runApproved` comes the command that was approved. */
async function resolve(parts: GateParts, context: CallContext): Promise<CommandObject> {
  const sent = resolveIn(parts, context, decode(context.object));
  if (sent.command !== RUN_APPROVED) return sent;
  return resolveIn(parts, context, await approvedCall(parts, context, sent));
}

function resolveIn({ commands }: GateParts, context: CallContext, sent: CommandObject): CommandObject {
  const command = commands.get(sent.command ?? '');
  const decoded = command === undefined ? sent : withUserInPlace(command, sent);
  context.decoded = decoded;
  if (command !== undefined) context.command = command;
  return decoded;
}

function withUserInPlace({ user, takes, params }: Command, sent: CommandObject): CommandObject {
  if (user === 'target') return withTargetFromParams(sent);
  const { properties = {} } = schemaOf(params);
  const isParam = user === 'ignored' && takes === 'closed' && Object.hasOwn(properties as object, 'user');
  return isParam ? withParamFromTarget(sent) : sent;
}

function known({ command, decoded }: CallContext): Command {
  if (command === undefined) throw refuse('command_unknown', decoded?.command ?? 'null');
  return command;
}

/** Step 5: the subject and the parameters, in the order that the command names; then the options. */
async function validate(
  parts: GateParts,
  context: CallContext,
  { command, decoded }: { readonly command: Command; readonly decoded: CommandObject },
): Promise<Validated> {
  const first = command.order === 'userFirst' ? await subjectOf(parts, context, { command, decoded }) : undefined;
  const params = readParams(command, decoded);
  const subject = command.order === 'userFirst' ? first : await subjectOf(parts, context, { command, decoded });
  const options = readOptions(withReasonFrom(params, decoded));
  const validated: Validated = { params, options, subject: undefined, ...subject };
  context.validated = validated;
  return validated;
}

/** The reason of a command that asks for one among its parameters is the reason of the call. */
function withReasonFrom(params: unknown, decoded: CommandObject): CommandObject {
  const given = (params as { readonly reason?: unknown } | undefined)?.reason;
  if (typeof given !== 'string' || decoded.options.reason !== undefined) return decoded;
  return { ...decoded, options: { ...decoded.options, reason: given } };
}

/** Step 7: finds the answer that was committed under this idempotency key before. */
async function replay(parts: GateParts, context: CallContext): Promise<StoredAnswer | undefined> {
  const id = answerId(context);
  const stored = id === undefined ? null : await parts.database.get(storedAnswers, id);
  if (stored === null) return undefined;
  assertSameRequest(parts.auditKey, context, stored);
  return stored;
}

async function replayWith(
  { journal, auditKey, now }: GateParts,
  context: CallContext,
  stored: StoredAnswer,
): Promise<Answer> {
  await journal.append(draftOf(context, auditKey, { at: now(), outcome: 'replayed', original: stored.receipt.record }));
  return { result: resultOf(auditKey, context, stored), receipt: stored.receipt };
}

type WriteCommand = Extract<Command, { effect: 'write' }>;

/** A call of `administer` by an identified caller. */
export interface IncomingCommand {
  readonly caller: Caller;
  readonly object: unknown;
  readonly origin: Origin;
}

/** Step 9 for a read: its record is stored before the answer is sent. */
async function runRead(
  parts: GateParts,
  { context, command, validated }: CheckedCall<Extract<Command, { effect: 'read' }>>,
): Promise<Answer> {
  const { database, journal, auditKey, now } = parts;
  const at = now();
  const { dryRun } = validated.options;
  assertAwaited(context.origin.signal);
  const known = await introduceForRead(parts, context, validated);
  context.validated = known;
  const reader = witnessing(database, context.named);
  const run = async (under: Decided) =>
    dryRun
      ? emptyPlan(auditKey, context)
      : command.run(
          callOf(parts, context, { ...under, subject: known.subject, run: { reader, now: at } }),
          known.params as never,
        );
  const decideAgain = () => decided(parts, { context, command, validated: known });
  const { result } = await readUnderCurrentRights(await decisionOf(parts, context, known), {
    run,
    again: decideAgain,
    same: sameDecision,
  });
  const call = { context, command, validated: known };
  const ending = { at, outcome: dryRun ? 'dryRun' : 'success' } as const;
  const named = { reader: database, named: context.named };
  const draft = await journal.withConcerns(draftOf(context, auditKey, ending), named);
  await assertWithinBudgets(parts, call, { concerns: draft.concerns, preview: (other) => preview(parts, other) });
  const record =
    known.options.approval === undefined
      ? await journal.append(draft)
      : await recordApprovedRead(parts, call, { ending, preview: previewOfRead(emptyPlan(auditKey, context)) });
  await renewDecision(parts, call).catch(refuseRecorded);
  return { result, receipt: receiptOf(record) };
}

type Written = { readonly answer: Answer } | { readonly stored: StoredAnswer } | DryRun;

interface DryRun extends Preview {
  readonly concerns: RecordDraft['concerns'];
}

/** The plan of a call that is not carried out now. */
async function preview(parts: GateParts, { context, command, validated }: CheckedCall): Promise<Preview> {
  if (command.effect === 'read') return previewOfRead(emptyPlan(parts.auditKey, context));
  const dry = { ...validated, options: { ...validated.options, dryRun: true } };
  const written = await write(parts, { context, command, validated: dry });
  if (!('plan' in written)) throw new TypeError('a dry run has no answer but its plan');
  return written;
}

/** Step 9 for a write. */
async function runWrite(parts: GateParts, { context, command, validated }: CheckedCall<WriteCommand>): Promise<Answer> {
  const { journal, auditKey, now } = parts;
  const written = await write(parts, { context, command, validated });
  if ('answer' in written) return written.answer;
  if ('stored' in written) {
    assertSameRequest(auditKey, context, written.stored);
    return replayWith(parts, context, written.stored);
  }
  await renewDecision(parts, { context, command, validated });
  const { concerns } = written;
  await assertWithinBudgets(
    parts,
    { context, command, validated },
    { concerns, preview: (other) => preview(parts, other) },
  );
  const draft = draftOf(context, auditKey, { at: now(), outcome: 'dryRun' });
  const record = await journal.append({ ...draft, ...defined({ concerns }) });
  const { database, dependencies } = parts;
  const names = await shownNames(database, dependencies.people, written.plan.changes as readonly Change[]);
  await renewDecision(parts, { context, command, validated }).catch(refuseRecorded);
  return { result: { ...written.plan, ...names }, receipt: receiptOf(record) };
}

/** Effect, record and the answer to the idempotency key commit together, or nothing does. */
async function write(parts: GateParts, { context, command, validated }: CheckedCall<WriteCommand>): Promise<Written> {
  const { database, journal, committed, auditKey, now } = parts;
  const { dryRun, plan, approval } = validated.options;
  const id = dryRun ? undefined : answerId(context);
  assertAwaited(context.origin.signal);
  const prepared = await prepare(parts, { context, command, validated });
  let changes: readonly Change[] = [];
  const options = { now, dryRun, ...laneOf(command, validated.params, prepared), ...awaitedBy(context.origin) };
  const attempt = (introduce: (tx: Transaction) => Promise<void>) =>
    transact(database, options, async (tx): Promise<Written> => {
      tx.nameIn(context.named);
      const stored = id === undefined ? null : await tx.peek(storedAnswers, id);
      if (stored !== null) {
        await confirm(parts, { context, command, validated: await presentSubject(validated, tx) }, tx);
        return { stored };
      }
      // Of concurrent calls with the same key all but one wait here, before users are registered or numbers are drawn.
      if (id !== undefined) await tx.reserve(storedAnswers, id);
      await introduce(tx);
      const known = await introduceSubject(parts, validated, tx);
      const confirmed = await confirm(parts, { context, command, validated: known }, tx);
      await useApproval(parts, { context, command, validated: known }, tx);
      tx.assigned(context.origin.requestId);
      const initiator = initiatorOf(context, known);
      const planned = dryRun || plan !== undefined || approval !== undefined;
      const run = { reader: tx, tx, now: tx.now, initiator, planned };
      const call = callOf(parts, context, { ...confirmed, subject: known.subject, run });
      const result = await command.run(call, prepared as never);
      if (dryRun) {
        const draft = draftOf({ ...context, validated: known }, auditKey, { at: tx.now, outcome: 'dryRun' });
        const changes = tx.laterWork?.shown.changes ?? tx.changes;
        const { concerns } = await journal.withConcerns(draft, { reader: tx.untracked, named: tx.named, changes });
        return { ...(await previewIn(auditKey, context, tx)), concerns };
      }
      if (plan !== undefined && plan !== (await planOf(auditKey, context, tx)).plan) throw refuse('plan_stale');
      await settleApproval(parts, { context }, tx);
      await useRequired(parts, { context, command, validated: known }, tx);
      const draft = draftOf({ ...context, validated: known }, auditKey, {
        at: tx.now,
        outcome: 'success',
        ...effectOf(tx),
      });
      const receipt = receiptOf(await journal.appendIn(tx, draft));
      if (id !== undefined) {
        tx.append(storedAnswers, {
          _id: id,
          revision: 1,
          request: requestDigest(auditKey, context),
          ...storedResult(auditKey, context, result),
          receipt,
          at: new Date(),
        } satisfies StoredAnswer);
      }
      changes = tx.changes;
      return { answer: { result, receipt } };
    });
  const written = await withNewcomers(parts, context.caller, attempt);
  committed(changes);
  return written;
}

/** The abort signal of a caller who waits, as an option of the transaction. */
export const awaitedBy = ({ signal }: Pick<Origin, 'signal'>) => (signal === undefined ? {} : { signal });

/** The parameters for `run`, or what the command's `prepare` returned instead. */
async function prepare(parts: GateParts, { context, command, validated }: CheckedCall<WriteCommand>): Promise<unknown> {
  if (command.prepare === undefined) return validated.params;
  const decision = await decisionOf(parts, context, validated);
  const { subject, options } = validated;
  const reader = witnessing(parts.database, context.named);
  const run = { reader, now: parts.now(), dryRun: options.dryRun };
  return command.prepare(callOf(parts, context, { ...decision, subject, run }), validated.params as never);
}

/** Failures without a record. After `format_changed` this program must not write to the database any more. */
const UNRECORDABLE: readonly Reason[] = ['outcome_unknown', 'audit_unavailable', 'format_changed'];

/**
 * Records a failed call. Every identified call leaves exactly one record: if it is unknown whether the write's own
 * record was committed, no other is added.
 */
async function recordFailure(parts: GateParts, context: CallContext, error: unknown): Promise<void> {
  const { database, journal, auditKey, now } = parts;
  if (error instanceof StewardError && UNRECORDABLE.includes(error.reason)) return;
  const draft = draftOf(context, auditKey, { at: now(), ...failureOf(error) });
  const recorded = journal
    .withConcerns(draft, { reader: database, named: context.named })
    .then((whole) => journal.append(whole));
  // If the database failed the call it may fail the record too, which must not hide the first error. Nor may it if
  // another service was asked: the error for a missing record says that nothing was carried out.
  await (isUnavailable(error) || isUnknown(error) ? recorded.catch(() => undefined) : recorded);
}
