import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { hmacsIn, storableParams } from '../audit/fieldClasses.ts';
import { type AuditRecord, effectOf, type Outcome, type RecordDraft } from '../audit/record.ts';
import { defined } from '../base/defined.ts';
import { type JsonSchema, schemaOf } from '../base/schemas/validator.ts';
import { cutToBytes, escapeControls } from '../base/text.ts';
import { idAndName } from '../identity/principal.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { Method } from '../operations/operation.ts';
import { canonicalJson, keyedDigest } from '../store/changes.ts';
import { bsonSize } from '../store/size.ts';
import type { Transaction } from '../store/transaction.ts';
import type { Approved, CallContext, Caller } from './callContext.ts';
import type { Origin, Receipt } from './door.ts';

/** Longer parameters, in bytes of BSON, are not recorded. */
const MAX_PARAMS_BYTES = 32_768;
/** The least bytes of a key or item: its type, and a key of one character with its end. */
const LEAST_BYTES = 3;
/** The most bytes of a key or item without its characters: its type, the ends of key and text, and a number or a length. */
const MOST_BYTES = 20;
/** The most bytes of UTF-8 for a character of UTF-16. */
const MOST_BYTES_OF_A_CHARACTER = 3;
/** MongoDB allows about 180 levels in a document. */
const MAX_DEPTH = 64;

/** The outcome of a call, for its record. */
export type Ending = Pick<RecordDraft, 'at' | 'outcome'> &
  Partial<Pick<RecordDraft, 'error' | 'changes' | 'remarks' | 'resources' | 'hmacs' | 'original'>>;

/** The record of a call. `key` hashes secrets in the parameters, and parameters that were not validated. */
export function draftOf(context: CallContext, key: Buffer, ending: Ending): RecordDraft {
  const { caller, command, decoded, validated, origin, rule, policy, sentTo, approved, glass } = context;
  const { at, outcome, error, original, changes = [], resources = [] } = ending;
  const remarks = sentTo === undefined ? ending.remarks : [delegationRemark(sentTo)];
  return {
    at,
    via: 'command',
    command: command?.name ?? escaped(decoded?.command ?? commandSent(context.object)),
    outcome,
    ...defined({ error }),
    ...actorsOf(caller),
    ...(validated?.subject === undefined ? {} : { subject: idAndName(validated.subject) }),
    authority: validated?.subject === undefined ? 'admin' : 'user',
    ...paramsOf(context, key, ending),
    ...(validated?.options.reason === undefined ? {} : { reason: validated.options.reason }),
    ...defined({ rule, policy, approval: approved && approvalIn(approved), breakGlass: glass?.id, original }),
    changes,
    ...defined({ remarks }),
    resources,
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** How records name an approved request. */
export const approvalIn = ({ request, approvers }: Approved): RecordDraft['approval'] => ({
  request: request._id,
  approvers,
});

/** The record of what the gate itself does for a call, in a transaction before the call's own. */
export function draftOfAid(
  command: 'introduce' | 'useTicket',
  { caller, origin }: Pick<CallContext, 'caller' | 'origin'>,
  tx: Transaction,
): RecordDraft {
  return {
    ...{ at: tx.now, via: 'command', command, outcome: 'success', authority: 'service' },
    ...actorsOf(caller),
    ...effectOf(tx),
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** A call of an ordinary method, for its record. */
export interface MethodCall {
  readonly method: Method;
  readonly caller: Caller;
  /** Validated; undefined where the method takes none. */
  readonly params: unknown;
  readonly origin: Origin;
  /** By which rule the caller is an administrator, if only these may call it. */
  readonly ruling?: Pick<RecordDraft, 'rule' | 'policy'> | undefined;
}

/** The record of a method that writes. `key` hashes secrets in the parameters. */
export function draftOfMethod(
  { method, caller, params, origin, ruling }: MethodCall,
  key: Buffer,
  ending: Ending,
): RecordDraft {
  const { at, outcome, error, changes = [], remarks, resources = [] } = ending;
  const schema = method.params === undefined ? {} : schemaOf(method.params);
  const kept = keptParams({ key: hmacKey(key, caller, ending), schema, params }, ending);
  return {
    at,
    via: 'method',
    command: method.name,
    outcome,
    ...defined({ error }),
    ...actorsOf(caller),
    authority: method.authority === 'administrator' ? 'admin' : 'user',
    ...ruling,
    ...(kept ?? { paramsDigest: sentDigest(key, caller, params) }),
    changes,
    ...defined({ remarks }),
    resources,
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** The remark in the record of a call that another service carries out. */
export const delegationRemark = (service: string): string => `delegated to ${service}`;

/** The actor, and the user for whom they act. */
export function actorsOf({ principal, delegate }: SignedIn): Pick<RecordDraft, 'actor' | 'onBehalfOf'> {
  if (delegate === undefined) return { actor: idAndName(principal) };
  return { actor: idAndName(delegate.principal), onBehalfOf: idAndName(principal) };
}

type Params = Pick<RecordDraft, 'params' | 'paramsDigest' | 'hmacs'>;

/** The parameters if they were validated and can be stored unchanged; else only their keyed digest. */
export function paramsOf(context: CallContext, key: Buffer, ending: Ending): Params {
  const { caller, command, validated, object } = context;
  const digest = () => ({ paramsDigest: sentDigest(key, caller, object ?? null) });
  if (validated === undefined || command === undefined) return digest();
  const sent = { key: hmacKey(key, caller, ending), schema: schemaOf(command.params), params: recorded(context) };
  const kept = keptParams(sent, ending);
  return { ...(kept === undefined || dropsSome(context) ? digest() : {}), ...kept };
}

/** Whether something was sent that KBase ignores, so that it is not among the validated parameters. */
function dropsSome({ command, decoded, validated }: CallContext): boolean {
  if (command === undefined || !['ignored', 'extension', 'tolerant', 'module'].includes(command.takes)) return false;
  const [sent, read] = [decoded?.params ?? {}, validated?.params ?? {}];
  // Most are equal, which is found in less time than their JSON is made.
  return !isDeepStrictEqual(sent, read) && canonicalJson(sent) !== canonicalJson(read);
}

interface SentParams {
  readonly key: Buffer;
  readonly schema: JsonSchema;
  readonly params: unknown;
}

/** The parameters without secrets; undefined if they are too many, or if the database cannot store them unchanged. */
function keptParams({ key, schema, params }: SentParams, { hmacs = [] }: Ending): Params | undefined {
  const storable = storableParams(key, schema, params);
  if (storable !== undefined && !isStorable(storable)) return undefined;
  const all = new Set([...hmacsIn(schema, storable), ...hmacs]);
  return { ...(storable === undefined ? {} : { params: storable }), ...(all.size === 0 ? {} : { hmacs: [...all] }) };
}

/**
 * The key of the HMACs in a record. If the call was not carried out, they depend on the actor too: otherwise guesses could be
 * compared with the secrets of others by dry runs and refused calls.
 */
function hmacKey(key: Buffer, caller: Caller, { outcome }: Ending): Buffer {
  if (!NOT_CARRIED_OUT.includes(outcome)) return key;
  const { actor, onBehalfOf } = actorsOf(caller);
  return createHmac('sha256', key)
    .update(JSON.stringify([actor.id, onBehalfOf?.id ?? null]))
    .digest();
}

const NOT_CARRIED_OUT: readonly Outcome[] = ['denied', 'failed', 'dryRun'];

/**
 * A digest of what was sent. It depends on the actor, so that readers of the audit cannot find out what was sent by
 * sending guesses and comparing the digests.
 */
function sentDigest(key: Buffer, caller: Caller, sent: unknown): string {
  const { actor, onBehalfOf } = actorsOf(caller);
  return keyedDigest(key, [actor.id, onBehalfOf?.id ?? null, sent]);
}

/** Whether the database can store the parameters unchanged, and they are not too many. */
function isStorable(params: unknown): boolean {
  const values = { left: MAX_PARAMS_BYTES / LEAST_BYTES, characters: 0 };
  if (!isKeepable(params, values)) return false;
  const most =
    (MAX_PARAMS_BYTES / LEAST_BYTES - values.left) * MOST_BYTES + values.characters * MOST_BYTES_OF_A_CHARACTER;
  // Most are far from the limit, and need not be measured.
  return most <= MAX_PARAMS_BYTES || bsonSize(params) <= MAX_PARAMS_BYTES;
}

/**
 * Whether the database can store the value unchanged: without lone surrogates, keys with NUL or `_bsontype`, or too
 * many levels. A value with more than `left` inner values is too long, and not checked to its end.
 * Counts the `characters` of texts and keys.
 */
function isKeepable(value: unknown, values: { left: number; characters: number }, depth = 0): boolean {
  values.left -= 1;
  if (values.left < 0) return false;
  if (typeof value === 'string') {
    values.characters += value.length;
    return value.length <= MAX_PARAMS_BYTES && value.isWellFormed();
  }
  if (value === null || typeof value !== 'object') return true;
  return (
    depth < MAX_DEPTH &&
    Object.entries(value).every(([key, inner]) => {
      values.characters += key.length;
      return key !== '_bsontype' && !key.includes('\0') && key.isWellFormed() && isKeepable(inner, values, depth + 1);
    })
  );
}

/** The validated parameters, with the target where the command has one. */
function recorded({ command, decoded, validated }: CallContext): unknown {
  const target =
    command?.user === 'target' && decoded?.user !== undefined ? { user: escaped(decoded.user ?? 'null', 128) } : {};
  return { ...target, ...(validated?.params as object) };
}

export function receiptOf(record: AuditRecord): Receipt {
  return { record: record.id, hash: record.hash };
}

function commandSent(object: unknown): string {
  if (object === null || typeof object !== 'object' || !Object.hasOwn(object, 'command')) return '(none)';
  const sent = (object as Readonly<Record<string, unknown>>).command;
  return typeof sent === 'string' || typeof sent === 'number' || typeof sent === 'boolean' ? String(sent) : '(none)';
}

/** At most `max` bytes of whole characters, without control characters. */
function escaped(text: string, max = 64): string {
  return cutToBytes(escapeControls(cutToBytes(text, max)), max);
}
