import type { AdminAuthority } from '../access/authority.ts';
import { isUser } from '../access/genuine.ts';
import { mintAdmin } from '../access/mint.ts';
import { effectOf } from '../audit/record.ts';
import { refuse } from '../errors.ts';
import type { Method, MethodContext } from '../methods/method.ts';
import { MismatchError, type Read, readKbase } from '../schemas/kbase.ts';
import { schemaOf } from '../schemas/validator.ts';
import type { Change } from '../store/changes.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Answer, Origin } from './door.ts';
import { introducing } from './introductions.ts';
import { unexpectedArguments, validParams } from './params.ts';
import type { Caller } from './passage.ts';
import { type GateParts, laneOf } from './pipeline.ts';
import { draftOfMethod, receiptOf } from './records.ts';
import { isDelegated, runDelegatedMethod } from './typeDelegation.ts';

/**
 * Runs an ordinary method as its caller, with no rights but the caller's own. A write commits together with its record.
 *
 * @throws params_type, invalid_params, and what the method throws
 */
export async function runMethod(
  parts: GateParts,
  method: Method,
  context: MethodContext,
  identified: Caller | undefined,
  sent: unknown,
  origin: Origin,
): Promise<Answer> {
  const params = readMethodParams(method, sent);
  if (isDelegated(parts, method)) {
    return runDelegatedMethod(parts, { method, caller: identified, params, origin }, sent);
  }
  if (method.effect === 'read') return { result: await method.run(context, params as never) };
  if (identified === undefined) throw refuse('token_missing');
  const { principal: caller } = identified;
  const { authority } = context;
  if (!isUser(authority)) throw refuse('token_missing');
  const { database, journal, committed, now, auditKey } = parts;
  const ready = await method.prepare?.({ ...context, caller, authority }, params as never);
  const prepared = method.prepare === undefined ? params : ready;
  let changes: readonly Change[] = [];
  const attempt = async (tx: Transaction, introduce: (tx: Transaction) => Promise<void>): Promise<Answer> => {
    await introduce(tx);
    const result = await method.run(
      { ...context, caller, authority, tx, administrator: () => administrator(context) },
      prepared as never,
    );
    const ending = { at: tx.now, outcome: 'success', ...effectOf(tx) } as const;
    const draft = draftOfMethod({ method, caller: identified, params, origin }, auditKey, ending);
    const record = journal.appendIn(tx, draft);
    changes = tx.changes;
    return { result, receipt: receiptOf(record) };
  };
  const answer = await introducing(parts, identified, (introduce) =>
    transact(database, { now, ...laneOf(method, prepared) }, (tx) => attempt(tx, introduce)),
  );
  committed(changes);
  return answer;
}

/** @throws full_rights_required */
async function administrator({ rank }: MethodContext): Promise<AdminAuthority> {
  if ((await rank()).role !== 'full') throw refuse('full_rights_required');
  return mintAdmin();
}

function readMethodParams({ name, params: handle, className }: Method, sent: unknown): unknown {
  if (handle === undefined) return undefined;
  if (className === undefined) return validParams(name, handle, sent);
  if (sent === null || sent === undefined) throw refuse('invalid_params', `${className} may not be null`);
  let found: Read;
  try {
    found = readKbase(schemaOf(handle), sent, className);
  } catch (error) {
    throw error instanceof MismatchError ? refuse('params_type', name, error.message) : error;
  }
  const [unknown] = found.unknown;
  if (unknown !== undefined) throw unexpectedArguments(unknown.className, unknown.keys);
  return found.value;
}
