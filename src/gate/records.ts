import type { AuditRecord, RecordDraft } from '../audit/record.ts';
import { withoutSecretParams } from '../audit/secrets.ts';
import { defined } from '../base/defined.ts';
import { schemaOf } from '../base/schemas/validator.ts';
import { cutToBytes, escapeControls } from '../base/text.ts';
import { idAndName } from '../identity/principal.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { Method } from '../operations/operation.ts';
import { canonicalJson, keyedDigest } from '../store/changes.ts';
import { bsonSize } from '../store/size.ts';
import type { Origin, Receipt } from './door.ts';
import type { Caller, Passage } from './passage.ts';

/** Bytes of BSON; the changes say what a call with longer parameters did. */
const MAX_PARAMS_BYTES = 32_768;
/** No key or item takes less than so many of them: the type, and a key of one character with its end. */
const LEAST_BYTES = 3;
/** MongoDB takes about 180 levels in one document. */
const MAX_DEPTH = 64;

/** What is added to what the passage already knows. */
export type Ending = Pick<RecordDraft, 'at' | 'outcome'> &
  Partial<Pick<RecordDraft, 'error' | 'changes' | 'remarks' | 'resources' | 'original'>>;

/** The record of a call that ends like this. `key` hashes the secrets in its parameters, and what was not validated. */
export function draftOf(passage: Passage, key: Buffer, ending: Ending): RecordDraft {
  const { caller, command, decoded, validated, origin, rule, sentTo } = passage;
  const { at, outcome, error, original, changes = [], resources = [] } = ending;
  const remarks = sentTo === undefined ? ending.remarks : [sentRemark(sentTo)];
  return {
    at,
    via: 'command',
    command: command?.name ?? escaped(decoded?.command ?? commandSent(passage.object)),
    outcome,
    ...defined({ error }),
    ...actorsOf(caller),
    ...(validated?.subject === undefined ? {} : { subject: idAndName(validated.subject) }),
    authority: validated?.subject === undefined ? 'admin' : 'user',
    ...paramsOf(passage, key),
    ...(validated?.options.reason === undefined ? {} : { reason: validated.options.reason }),
    ...defined({ rule, original }),
    changes,
    ...defined({ remarks }),
    resources,
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** A call of an ordinary method, as its record keeps it. */
export interface MethodCall {
  readonly method: Method;
  readonly caller: Caller;
  /** Validated; undefined where the method takes none. */
  readonly params: unknown;
  readonly origin: Origin;
}

/** The record of a method that wrote, or was to. `key` hashes the secrets in its parameters. */
export function draftOfMethod(
  { method, caller, params, origin }: MethodCall,
  key: Buffer,
  ending: Ending,
): RecordDraft {
  const { at, outcome, error, changes = [], remarks, resources = [] } = ending;
  const schema = method.params === undefined ? {} : schemaOf(method.params);
  return {
    at,
    via: 'method',
    command: method.name,
    outcome,
    ...defined({ error }),
    ...actorsOf(caller),
    authority: 'user',
    ...keptParams(withoutSecretParams(key, schema, params), () => sentDigest(key, caller, params)),
    changes,
    ...defined({ remarks }),
    resources,
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** What the record of a call says that another service was to carry out. */
export const sentRemark = (service: string): string => `delegated to ${service}`;

/** Who did it, and for whom. */
export function actorsOf({ principal, delegate }: SignedIn): Pick<RecordDraft, 'actor' | 'onBehalfOf'> {
  if (delegate === undefined) return { actor: idAndName(principal) };
  return { actor: idAndName(delegate.principal), onBehalfOf: idAndName(principal) };
}

/** The parameters where they were validated and can be kept, word for word; else only their keyed digest. */
function paramsOf(passage: Passage, key: Buffer): Pick<RecordDraft, 'params' | 'paramsDigest'> {
  const { caller, command, validated, object } = passage;
  const digest = () => sentDigest(key, caller, object ?? null);
  if (validated === undefined || command === undefined) return { paramsDigest: digest() };
  const kept = keptParams(withoutSecretParams(key, schemaOf(command.params), recorded(passage)), digest);
  return dropsSome(passage) ? { paramsDigest: digest(), ...kept } : kept;
}

/** Whether something was sent that KBase ignores, and so the validated parameters do not show. */
function dropsSome({ command, decoded, validated }: Passage): boolean {
  if (command === undefined || !['ignored', 'extension', 'tolerant', 'module'].includes(command.takes)) return false;
  return canonicalJson(decoded?.params ?? {}) !== canonicalJson(validated?.params ?? {});
}

/** The parameters without secrets, or where they are too many to keep, the digest of what was sent. */
function keptParams(params: unknown, digestOfSent: () => string): Pick<RecordDraft, 'params' | 'paramsDigest'> {
  if (params === undefined) return {};
  const kept = isKeepable(params, { left: MAX_PARAMS_BYTES / LEAST_BYTES }) && bsonSize(params) <= MAX_PARAMS_BYTES;
  return kept ? { params } : { paramsDigest: digestOfSent() };
}

/**
 * Stands for what was sent where it is not kept. It is of the actor too: who reads the audit cannot send guesses and
 * compare what they leave.
 */
function sentDigest(key: Buffer, caller: Caller, sent: unknown): string {
  const { actor, onBehalfOf } = actorsOf(caller);
  return keyedDigest(key, [actor.id, onBehalfOf?.id ?? null, sent]);
}

/**
 * Whether the database gives back what it is given: no half characters, no key with a NUL or the driver's own mark of a
 * type, not too deep for it. What has more values than are `left` is too long, and is not looked at to its end.
 */
function isKeepable(value: unknown, values: { left: number }, depth = 0): boolean {
  values.left -= 1;
  if (values.left < 0) return false;
  if (typeof value === 'string') return value.length <= MAX_PARAMS_BYTES && !/\p{Surrogate}/u.test(value);
  if (value === null || typeof value !== 'object') return true;
  return (
    depth < MAX_DEPTH &&
    Object.entries(value).every(
      ([key, inner]) => key !== '_bsontype' && !/[\0\p{Surrogate}]/u.test(key) && isKeepable(inner, values, depth + 1),
    )
  );
}

/** The validated parameters, with the target where the command has one. */
function recorded({ command, decoded, validated }: Passage): unknown {
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

/** At most `max` bytes, all characters of them whole, none of which breaks a line or a terminal. */
function escaped(text: string, max = 64): string {
  return cutToBytes(escapeControls(cutToBytes(text, max)), max);
}
