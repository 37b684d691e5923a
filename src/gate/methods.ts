import { effectOf } from '../audit/record.ts';
import { withoutSecretParams } from '../audit/secrets.ts';
import { refuse } from '../errors.ts';
import type { Method, MethodContext } from '../methods/method.ts';
import { MismatchError, type Read, readKbase } from '../schemas/kbase.ts';
import { schemaOf } from '../schemas/validator.ts';
import { assertAwaited } from '../store/awaited.ts';
import type { Change } from '../store/changes.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Answer, Origin } from './door.ts';
import { introducing } from './introductions.ts';
import { unexpectedArguments, validParams } from './params.ts';
import type { Caller } from './passage.ts';
import { awaitedBy, type GateParts, laneOf } from './pipeline.ts';
import { actorsOf, keptParams, receiptOf } from './records.ts';
import { tokenIn } from './workspaceService.ts';

/**
 * Runs an ordinary method as its caller, with no rights but the caller's own. A write commits together with its record.
 *
 * @throws params_type, invalid_params, caller_gone, and what the method throws
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
  assertAwaited(origin.signal);
  if (method.delegated && parts.typeService !== undefined) {
    return { result: await parts.typeService.call(method.name, sent === undefined ? [] : [sent], tokenIn(origin)) };
  }
  if (method.effect === 'read') return { result: await method.run(context, params as never) };
  if (identified === undefined) throw refuse('token_missing');
  const { principal: caller } = identified;
  const { database, journal, committed, now, auditKey } = parts;
  const ready = await method.prepare?.({ ...context, caller }, params as never);
  const prepared = method.prepare === undefined ? params : ready;
  let changes: readonly Change[] = [];
  const attempt = async (tx: Transaction, introduce: (tx: Transaction) => Promise<void>): Promise<Answer> => {
    await introduce(tx);
    const result = await method.run({ ...context, caller, tx }, prepared as never);
    const schema = method.params === undefined ? {} : schemaOf(method.params);
    const record = journal.appendIn(tx, {
      at: tx.now,
      via: 'method',
      command: method.name,
      outcome: 'success',
      ...actorsOf(identified),
      authority: 'user',
      ...keptParams(withoutSecretParams(auditKey, schema, params), params),
      ...effectOf(tx),
      requestId: origin.requestId,
      address: origin.address,
    });
    changes = tx.changes;
    return { result, receipt: receiptOf(record) };
  };
  const answer = await introducing(parts, identified, (introduce) =>
    transact(database, { now, ...laneOf(method, prepared), ...awaitedBy(origin) }, (tx) => attempt(tx, introduce)),
  );
  committed(changes);
  return answer;
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
