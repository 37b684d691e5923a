import { refuse } from '../base/errors.ts';
import { digest, keyedDigest } from '../store/changes.ts';
import { collection, type Stored } from '../store/collection.ts';
import type { Receipt } from './door.ts';
import type { Passage } from './passage.ts';

/** The first committed answer to an idempotency key, written in the effect's own transaction. */
export interface StoredAnswer extends Stored {
  /** Keyed digest of the call: what was sent may hold secrets. */
  readonly request: string;
  /** As JSON text, so that it is answered to the letter. */
  readonly result: string;
  readonly receipt: Receipt;
  readonly at: Date;
}

const KEPT_SECONDS = 24 * 60 * 60;

export const storedAnswers = collection<StoredAnswer>('idempotency', {
  indexes: [{ key: { at: 1 }, expireAfterSeconds: KEPT_SECONDS }],
});

/**
 * Under which id an answer to this call is kept: the actor's own, so that nobody can ask for another's, and apart for
 * each service that acts for somebody.
 */
export function answerId(passage: Passage): string | undefined {
  const key = passage.validated?.options.idempotencyKey;
  const usable = key !== undefined && passage.command?.effect === 'write' && !passage.validated?.options.dryRun;
  const { principal, delegate } = passage.caller;
  const actors = delegate === undefined ? [principal._id] : [principal._id, delegate.principal._id];
  return usable ? digest([...actors, key]) : undefined;
}

/** What must be the same for two calls to be one. */
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
