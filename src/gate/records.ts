import { type AuditRecord, type Outcome, type RecordDraft, touched } from '../audit/record.ts';
import { withoutSecretParams } from '../audit/secrets.ts';
import { type Reason, StewardError } from '../errors.ts';
import { wireName } from '../identity/principal.ts';
import type { SignedIn } from '../identity/signIn.ts';
import { schemaOf } from '../schemas/validator.ts';
import { type Change, digest } from '../store/changes.ts';
import { escapeControls } from '../text.ts';
import type { Receipt } from './door.ts';
import type { Passage } from './passage.ts';

/** Characters of JSON; the changes say what a call with longer parameters did. */
const MAX_PARAMS = 32_768;
/** MongoDB takes about 180 levels in one document. */
const MAX_DEPTH = 64;

/** What is added to what the passage already knows. */
export interface Ending {
  readonly at: Date;
  readonly outcome: Outcome;
  readonly error?: Reason;
  readonly changes?: readonly Change[];
  readonly remarks?: readonly string[];
  readonly original?: string;
}

/** The record of a call that ends like this. `key` hashes the secrets in its parameters. */
export function draftOf(passage: Passage, key: Buffer, ending: Ending): RecordDraft {
  const { caller, command, decoded, judged, origin, rule } = passage;
  const changes = ending.changes ?? [];
  return {
    at: ending.at,
    via: 'command',
    command: command?.name ?? escaped(decoded?.command ?? commandSent(passage.object)),
    outcome: ending.outcome,
    ...(ending.error === undefined ? {} : { error: ending.error }),
    ...actorsOf(caller),
    ...(judged?.subject === undefined ? {} : { subject: { id: judged.subject._id, name: wireName(judged.subject) } }),
    authority: judged?.subject === undefined ? 'admin' : 'user',
    ...paramsOf(passage, key),
    ...(judged?.options.reason === undefined ? {} : { reason: judged.options.reason }),
    ...(rule === undefined ? {} : { rule }),
    ...(ending.original === undefined ? {} : { original: ending.original }),
    changes,
    ...(ending.remarks === undefined || ending.remarks.length === 0 ? {} : { remarks: ending.remarks }),
    resources: touched(changes),
    requestId: origin.requestId,
    address: origin.address,
  };
}

/** Who did it, and for whom. */
export function actorsOf({ principal, delegate }: SignedIn): Pick<RecordDraft, 'actor' | 'onBehalfOf'> {
  const person = { id: principal._id, name: wireName(principal) };
  if (delegate === undefined) return { actor: person };
  return { actor: { id: delegate.principal._id, name: wireName(delegate.principal) }, onBehalfOf: person };
}

/** The parameters where they were validated and can be kept, word for word; else only their digest. */
function paramsOf(passage: Passage, key: Buffer): Pick<RecordDraft, 'params' | 'paramsDigest'> {
  const { command, judged, object } = passage;
  if (judged === undefined || command === undefined) return { paramsDigest: digest(object ?? null) };
  return keptParams(withoutSecretParams(key, schemaOf(command.params), recorded(passage)), object ?? null);
}

/** The parameters, or where they are too many to keep, the digest of what was sent. */
export function keptParams(params: unknown, sent: unknown): Pick<RecordDraft, 'params' | 'paramsDigest'> {
  const keepable = (JSON.stringify(params) ?? '').length <= MAX_PARAMS && isKeepable(params);
  return keepable ? { params } : { paramsDigest: digest(sent) };
}

/**
 * Whether the database gives back what it is given: no half characters, no key with a NUL or the driver's own mark of a
 * type, not too deep for it.
 */
function isKeepable(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (value === null || typeof value !== 'object') return true;
  return (
    depth < MAX_DEPTH &&
    Object.entries(value).every(
      ([key, inner]) => key !== '_bsontype' && !/[\0\p{Surrogate}]/u.test(key) && isKeepable(inner, depth + 1),
    )
  );
}

/** The validated parameters, with the target where the command has one. */
function recorded({ command, decoded, judged }: Passage): unknown {
  const target =
    command?.user === 'target' && decoded?.user !== undefined ? { user: escaped(decoded.user ?? 'null', 128) } : {};
  return { ...target, ...(judged?.params as object) };
}

/** How a call that failed with this error is recorded. */
export function endingOf(error: unknown, at: Date): Ending {
  if (!(error instanceof StewardError)) return { at, outcome: 'failed', error: 'internal' };
  return { at, outcome: error.kind === 'forbidden' ? 'denied' : 'failed', error: error.reason };
}

export function receiptOf(record: AuditRecord): Receipt {
  return { record: record.id, hash: record.hash };
}

function commandSent(object: unknown): string {
  if (object === null || typeof object !== 'object' || !Object.hasOwn(object, 'command')) return '(none)';
  const sent = (object as Readonly<Record<string, unknown>>).command;
  return typeof sent === 'string' || typeof sent === 'number' || typeof sent === 'boolean' ? String(sent) : '(none)';
}

/** At most `max` characters, all of them whole, none of which breaks a line or a terminal. */
function escaped(text: string, max = 64): string {
  return escapeControls(text.slice(0, max))
    .slice(0, max)
    .replace(/\p{Surrogate}$/u, '');
}
