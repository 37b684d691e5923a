import { refuse } from '../base/errors.ts';
import { digest, keyedDigest } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Receipt } from './door.ts';
import type { Passage } from './passage.ts';

/** The first committed answer to an idempotency key, written in the effect's own transaction. */
export interface StoredAnswer extends Stored {
  /** A keyed digest of the call, since parameters may contain secrets. */
  readonly request: string;
  /** As JSON text, so that exactly the same is answered again. */
  readonly result: string;
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
export function answerId(passage: Passage): string | undefined {
  const key = passage.validated?.options.idempotencyKey;
  const usable = key !== undefined && passage.command?.effect === 'write' && !passage.validated?.options.dryRun;
  const { principal, delegate } = passage.caller;
  const actors = delegate === undefined ? [principal._id] : [principal._id, delegate.principal._id];
  return usable ? digest([...actors, key]) : undefined;
}

/** The digest of all that must be the same in a repeated call. */
export function requestDigest(key: Buffer, { command, decoded, validated }: Passage): string {
  return keyedDigest(key, [
    command?.name,
    decoded?.user ?? null,
    decoded?.module ?? null,
    validated?.params,
    validated?.options.plan ?? null,
  ]);
}

/** @throws idempotency_key_reused */
export function assertSameRequest(key: Buffer, passage: Passage, stored: StoredAnswer): void {
  if (stored.request !== requestDigest(key, passage)) {
    throw refuse('idempotency_key_reused', passage.validated?.options.idempotencyKey ?? '');
  }
}
