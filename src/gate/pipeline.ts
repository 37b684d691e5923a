import type { Journal } from '../audit/journal.ts';
import { effectOf, failureOf } from '../audit/record.ts';
import type { Command, ReadContext } from '../commands/command.ts';
import type { Rooms } from '../commands/rooms.ts';
import { refuse, StewardError } from '../errors.ts';
import type { Authority } from '../identity/authority.ts';
import { principals, wireName } from '../identity/principal.ts';
import { NO_RANK } from '../identity/rank.ts';
import { ROSTER_ID, rosters } from '../identity/roster.ts';
import { schemaOf } from '../schemas/validator.ts';
import { assertAwaited } from '../store/awaited.ts';
import type { Change } from '../store/changes.ts';
import { type Database, isUnavailable } from '../store/database.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import { type CommandObject, decode, withParamFromTarget, withTargetFromParams } from './decode.ts';
import type { Answer, Origin } from './door.ts';
import { introducing } from './introductions.ts';
import { readOptions } from './options.ts';
import { readParams } from './params.ts';
import type { Caller, Judged, Passage } from './passage.ts';
import { emptyPlan, planOf } from './plan.ts';
import { assertRights, authorise } from './policy.ts';
import { rankOfCaller, rolesFor } from './ranking.ts';
import { draftOf, receiptOf } from './records.ts';
import { answerId, assertSameRequest, requestDigest, type StoredAnswer, storedAnswers } from './replay.ts';
import { initiatorOf } from './standing.ts';
import { introduceForRead, introduceSubject, subjectOf } from './subjects.ts';
import { isDelegated, runDelegated } from './typeDelegation.ts';
import type { WorkspaceService } from './workspaceService.ts';

/** What the gate works with; put together once, at start-up. */
export interface GateParts {
  readonly database: Database;
  readonly journal: Journal;
  readonly authority: Authority;
  readonly rooms: Rooms;
  readonly auditKey: Buffer;
  /** Where modules of types are, if not here. */
  readonly typeService: WorkspaceService | undefined;
  readonly now: () => Date;
  /** Told of every commit before its answer leaves. */
  readonly committed: (changes: readonly Change[]) => void;
}

/**
 * The gate: how a call of `administer` by an identified caller (step 1, `identity/signIn.ts`) is answered. The steps, in
 * this order; each either lets the call through or throws, and whatever is thrown leaves its record.
 */
export async function pass(parts: GateParts, caller: Caller, object: unknown, origin: Origin): Promise<Answer> {
  const passage = await begin(parts, caller, object, origin);
  try {
    await rank(parts, passage);
    const decoded = resolve(parts, passage);
    const command = known(passage);
    assertRights(passage.rank, command);
    const judged = await validate(parts, passage, command, decoded);
    passage.rule = authorise(passage.rank, caller, command, judged.subject);
    const replayed = await replay(parts, passage);
    if (replayed !== undefined) return replayed;
    require(command, judged);
    if (isDelegated(parts, command)) return await runDelegated(parts, passage, judged);
    return command.effect === 'write'
      ? await runWrite(parts, passage, command, judged)
      : await runRead(parts, passage, command, judged);
  } catch (error) {
    await recordFailure(parts, passage, error);
    throw error;
  }
}

async function begin({ authority }: GateParts, caller: Caller, object: unknown, origin: Origin): Promise<Passage> {
  const roster = await authority.roster();
  return { caller, origin, object, roster, roles: [], rank: NO_RANK };
}

/** Step 2. Refused before the command is even read. */
async function rank({ rooms: { rules }, now }: GateParts, passage: Passage): Promise<void> {
  const { caller, roster } = passage;
  passage.roles = await rolesFor(caller, rules);
  passage.rank = rankOfCaller(caller, passage.roles, { rules, roster, now: now() });
  assertAdmin(passage);
}

function assertAdmin({ rank: { role }, caller }: Passage): void {
  if (role === 'none') throw refuse('not_admin', wireName(caller.principal));
}

/** Step 3. */
function resolve({ rooms }: GateParts, passage: Passage): CommandObject {
  const sent = decode(passage.object);
  const command = rooms.commands.get(sent.command ?? '');
  const decoded = command === undefined ? sent : withUserInPlace(command, sent);
  passage.decoded = decoded;
  if (command !== undefined) passage.command = command;
  return decoded;
}

function withUserInPlace({ user, takes, params }: Command, sent: CommandObject): CommandObject {
  if (user === 'target' && takes !== 'extension') return withTargetFromParams(sent);
  const { properties = {} } = schemaOf(params);
  const isParam = user === 'ignored' && takes === 'closed' && Object.hasOwn(properties as object, 'user');
  return isParam ? withParamFromTarget(sent) : sent;
}

function known({ command, decoded }: Passage): Command {
  if (command === undefined) throw refuse('command_unknown', decoded?.command ?? 'null');
  return command;
}

/** Step 5: the subject and the parameters, in the order that the command names; then the options. */
async function validate(parts: GateParts, passage: Passage, command: Command, decoded: CommandObject): Promise<Judged> {
  const first = command.order === 'userFirst' ? await subjectOf(parts, passage, command, decoded) : undefined;
  const params = readParams(command, decoded);
  const subject = command.order === 'userFirst' ? first : await subjectOf(parts, passage, command, decoded);
  const judged: Judged = { params, options: readOptions(decoded), subject: undefined, ...subject };
  passage.judged = judged;
  return judged;
}

/** Step 7: what was committed under this key before is answered again. */
async function replay(parts: GateParts, passage: Passage): Promise<Answer | undefined> {
  const id = answerId(passage);
  const stored = id === undefined ? null : await parts.database.get(storedAnswers, id);
  if (stored === null) return undefined;
  assertSameRequest(passage, stored);
  return replayWith(parts, passage, stored);
}

async function replayWith(
  { journal, auditKey, now }: GateParts,
  passage: Passage,
  stored: StoredAnswer,
): Promise<Answer> {
  await journal.append(draftOf(passage, auditKey, { at: now(), outcome: 'replayed', original: stored.receipt.record }));
  return { result: JSON.parse(stored.result), receipt: stored.receipt };
}

/** Step 8: what the policy asks of this command beside the rights. The default policy asks only that a plan can hold. */
function require(command: Command, { options }: Judged): void {
  if (options.plan !== undefined && command.effect === 'read') {
    throw refuse('option_invalid', 'plan is for commands that write');
  }
}

/** Step 9 for a read: its record is stored before the answer leaves. */
async function runRead(
  parts: GateParts,
  passage: Passage,
  command: Extract<Command, { effect: 'read' }>,
  judged: Judged,
): Promise<Answer> {
  const { database, journal, auditKey, now } = parts;
  const at = now();
  const { dryRun } = judged.options;
  assertAwaited(passage.origin.signal);
  const known = await introduceForRead(parts, passage, judged);
  passage.judged = known;
  const result = dryRun
    ? emptyPlan(passage, command)
    : await command.run({ ...contextOf(parts, passage, known, at), reader: database }, known.params as never);
  const record = await journal.append(draftOf(passage, auditKey, { at, outcome: dryRun ? 'dryRun' : 'success' }));
  return { result, receipt: receiptOf(record) };
}

type Written = { readonly answer: Answer } | { readonly stored: StoredAnswer } | { readonly plan: unknown };

/** Step 9 for a write: effect, record and the answer to its idempotency key commit together, or nothing does. */
async function runWrite(
  parts: GateParts,
  passage: Passage,
  command: Extract<Command, { effect: 'write' }>,
  judged: Judged,
): Promise<Answer> {
  const { database, journal, committed, auditKey, now } = parts;
  const { dryRun, plan } = judged.options;
  const id = answerId(passage);
  assertAwaited(passage.origin.signal);
  const prepared = await prepare(parts, passage, command, judged);
  let changes: readonly Change[] = [];
  const options = { now, dryRun, ...laneOf(command, prepared), ...awaitedBy(passage.origin) };
  const attempt = (introduce: (tx: Transaction) => Promise<void>) =>
    transact(database, options, async (tx): Promise<Written> => {
      const stored = id === undefined ? null : await tx.peek(storedAnswers, id);
      if (stored === null) await introduce(tx);
      const known = await introduceSubject(parts, judged, tx);
      await confirm(parts, passage, command, known, tx);
      if (stored !== null) return { stored };
      const initiator = initiatorOf(passage, known);
      const planned = dryRun || plan !== undefined;
      const context = { ...contextOf(parts, passage, known, tx.now), reader: tx, tx, initiator, planned };
      const result = await command.run(context, prepared as never);
      if (dryRun) return { plan: planOf(passage, command, tx) };
      if (plan !== undefined && plan !== planOf(passage, command, tx).plan) throw refuse('plan_stale');
      const draft = draftOf({ ...passage, judged: known }, auditKey, {
        at: tx.now,
        outcome: 'success',
        ...effectOf(tx),
      });
      const receipt = receiptOf(journal.appendIn(tx, draft));
      if (id !== undefined) {
        tx.append(storedAnswers, {
          _id: id,
          revision: 1,
          request: requestDigest(passage),
          result: JSON.stringify(result),
          receipt,
          at: new Date(),
        } satisfies StoredAnswer);
      }
      changes = tx.changes;
      return { answer: { result, receipt } };
    });
  const written = await introducing(parts, passage.caller, attempt);
  committed(changes);
  if ('answer' in written) return written.answer;
  if ('stored' in written) {
    assertSameRequest(passage, written.stored);
    return replayWith(parts, passage, written.stored);
  }
  const record = await journal.append(draftOf(passage, auditKey, { at: now(), outcome: 'dryRun' }));
  return { result: written.plan, receipt: receiptOf(record) };
}

/** Who waits for a call, as an option of its transaction. */
export const awaitedBy = ({ signal }: Pick<Origin, 'signal'>) => (signal === undefined ? {} : { signal });

/** The lane of a call, as an option of its transaction. */
export function laneOf({ lane }: Pick<Extract<Command, { effect: 'write' }>, 'lane'>, prepared: unknown) {
  const name = typeof lane === 'function' ? lane(prepared as never) : lane;
  return name === undefined ? {} : { lane: name };
}

/** What `run` gets: the parameters, or what the command made of them before its transaction. */
async function prepare(
  parts: GateParts,
  passage: Passage,
  command: Extract<Command, { effect: 'write' }>,
  judged: Judged,
): Promise<unknown> {
  if (command.prepare === undefined) return judged.params;
  const context = { ...contextOf(parts, passage, judged, parts.now()), reader: parts.database };
  return command.prepare({ ...context, dryRun: judged.options.dryRun }, judged.params as never);
}

/**
 * Steps 2, 4 and 6 again, inside the write's transaction, where the roster has changed since they were taken: a right
 * withdrawn before this write began is withdrawn for it.
 */
async function confirm(
  { rooms, now }: GateParts,
  passage: Passage,
  command: Command,
  judged: Judged,
  tx: Transaction,
): Promise<void> {
  const roster = await tx.peek(rosters, ROSTER_ID);
  if (roster === null || roster.revision === passage.roster.revision) return;
  const caller = await asOf(tx, passage.caller);
  passage.roster = roster;
  passage.rank = rankOfCaller(caller, passage.roles, { rules: rooms.rules, roster, now: now() });
  assertAdmin(passage);
  assertRights(passage.rank, command);
  if (judged.subject !== undefined) {
    const subject = await tx.peek(principals, judged.subject._id);
    if (subject === null || !subject.living || subject.state === 'disabled') {
      throw refuse('user_unknown', wireName(judged.subject));
    }
  }
  passage.rule = authorise(passage.rank, caller, command, judged.subject);
}

/** The caller as the transaction sees it. */
async function asOf(tx: Transaction, caller: Caller): Promise<Pick<Caller, 'principal' | 'delegate' | 'bootstrap'>> {
  if (caller.bootstrap) return caller;
  const principal = await tx.peek(principals, caller.principal._id);
  if (principal === null) throw refuse('not_admin', wireName(caller.principal));
  if (caller.delegate === undefined) return { principal };
  const service = await tx.peek(principals, caller.delegate.principal._id);
  if (service === null) throw refuse('delegation_refused', wireName(caller.delegate.principal), wireName(principal));
  return { principal, delegate: { ...caller.delegate, principal: service } };
}

function contextOf(
  { rooms }: GateParts,
  { caller, rank, decoded }: Passage,
  { subject }: Judged,
  now: Date,
): Omit<ReadContext, 'reader'> {
  const { principal, delegate } = caller;
  const actor = { principal, rank, ...(delegate === undefined ? {} : { delegate: delegate.principal }) };
  return { rooms, actor, user: decoded?.user, subject, now };
}

/**
 * Every call that got past step 1 leaves exactly one record. Where it is unknown whether the write's own record was
 * committed, another would be a second one.
 */
async function recordFailure({ journal, auditKey, now }: GateParts, passage: Passage, error: unknown): Promise<void> {
  if (error instanceof StewardError && (error.reason === 'outcome_unknown' || error.reason === 'audit_unavailable'))
    return;
  const recorded = journal.append(draftOf(passage, auditKey, { at: now(), ...failureOf(error) }));
  // The database that failed the call may fail the record too: then there is nothing to keep it in.
  await (isUnavailable(error) ? recorded.catch(() => undefined) : recorded);
}
