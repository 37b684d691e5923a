import { hasClassified } from '../audit/fieldClasses.ts';
import { refuse } from '../base/errors.ts';
import { schemaOf } from '../base/schemas/validator.ts';
import { digest, keyedDigest } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import { sealerWith } from '../store/sealing.ts';
import type { CallContext } from './callContext.ts';
import type { Receipt } from './door.ts';

/** The first committed answer to an idempotency key, written in the effect's own transaction. */
export interface StoredAnswer extends Stored {
  /** A keyed digest of the call, since parameters may contain secrets. */
  readonly request: string;
  /** As JSON text, so that exactly the same is answered again; encrypted if `sealed`. */
  readonly result: string;
  /** Set if the result has secrets or personal data: see {@link storedResult}. */
  readonly sealed?: true;
  readonly receipt: Receipt;
  readonly at: Date;
}

const KEPT_SECONDS = 24 * 60 * 60;

export const storedAnswers = collection<StoredAnswer>('idempotency', {
  indexes: [{ key: { at: 1 }, expireAfterSeconds: KEPT_SECONDS }],
});

/**
 * The id under which the answer to this call is stored. It depends on the actor, so that nobody gets another's answer,
 * and on the service that acts for a user.
 */
export function answerId(context: CallContext): string | undefined {
  const key = context.validated?.options.idempotencyKey;
  const usable = key !== undefined && context.command?.effect === 'write' && !context.validated?.options.dryRun;
  return usable ? digest(keyedCall(context)) : undefined;
}

/** The actors of the call, and its idempotency key. */
function keyedCall({ caller: { principal, delegate }, validated }: CallContext): (string | undefined)[] {
  const actors = delegate === undefined ? [principal._id] : [principal._id, delegate.principal._id];
  return [...actors, validated?.options.idempotencyKey];
}

/**
 * The result as it is stored. One with secrets or personal data, such as a token that is shown once, is encrypted. The key is
 * derived from the idempotency key, of which the database has only a digest, so that only a repeated call can read it.
 */
export function storedResult(
  key: Buffer,
  context: CallContext,
  result: unknown,
): Pick<StoredAnswer, 'result' | 'sealed'> {
  const { command } = context;
  const text = JSON.stringify(result) ?? 'null';
  if (command === undefined || !hasClassified(schemaOf(command.result), result)) return { result: text };
  return { result: sealerWith(key).seal(purposeOf(context), text), sealed: true };
}

/** The result that was stored for this call. */
export function resultOf(key: Buffer, context: CallContext, { result, sealed }: StoredAnswer): unknown {
  if (sealed === undefined) return JSON.parse(result);
  return JSON.parse(sealerWith(key).unseal(purposeOf(context), result));
}

const purposeOf = (context: CallContext) => `stored answer ${JSON.stringify(keyedCall(context))}`;

/** The digest of all that must be the same in a repeated call. */
export function requestDigest(key: Buffer, { command, decoded, validated }: CallContext): string {
  return keyedDigest(key, [
    command?.name,
    decoded?.user ?? null,
    decoded?.module ?? null,
    validated?.params,
    validated?.options.plan ?? null,
  ]);
}

/** @throws idempotency_key_reused */
export function assertSameRequest(key: Buffer, context: CallContext, stored: StoredAnswer): void {
  if (stored.request !== requestDigest(key, context)) {
    throw refuse('idempotency_key_reused', context.validated?.options.idempotencyKey ?? '');
  }
}
