import { defined } from '../../base/defined.ts';
import type { Chunk } from '../../base/json/jsonText.ts';
import type { Receipt } from '../../gate/door.ts';
import type { WireError } from './wireError.ts';

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

export interface Reply {
  /** Sent piece by piece; undefined if nothing is answered. */
  readonly body: Body | undefined;
  readonly status: number;
  /** After how many seconds a refused call may be repeated. */
  readonly retryAfter?: number;
  /** The value of the header `Steward-Receipt`. */
  readonly receipts?: string;
}

export type Body = readonly Chunk[];

export const isInMemory = (chunk: Chunk): chunk is string | Uint8Array =>
  typeof chunk === 'string' || chunk instanceof Uint8Array;

/** How many bytes of the body are in memory. */
export function sizeInMemory(body: Body): number {
  return body.filter(isInMemory).reduce((sum, chunk) => sum + sizeOf(chunk), 0);
}

/** How many bytes the body has. */
export function lengthOf(body: Body): number {
  return body.reduce((sum, chunk) => sum + sizeOf(chunk), 0);
}

const sizeOf = (chunk: Chunk) => (typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length);

/** The outcome of a call. The result is JSON already, so that one that cannot be serialised fails before the answer. */
export type Outcome =
  | { readonly json: Body; readonly receipt: Receipt | undefined; readonly returnsValue: boolean }
  | { readonly error: WireError; readonly requestId: string };

const MODULE = 'Workspace';

/** `ver` means `Workspace.ver`. */
export function fullMethodName(name: string): string {
  return name.includes('.') ? name : `${MODULE}.${name}`;
}

export function retryOf(outcome: Outcome): Pick<Reply, 'retryAfter'> {
  return defined({ retryAfter: 'error' in outcome ? outcome.error.retryAfter : undefined });
}

export function receiptsOf(outcome: Outcome): Pick<Reply, 'receipts'> {
  const receipt = 'error' in outcome ? undefined : outcome.receipt;
  return defined({ receipts: receipt && `${receipt.record} ${receipt.hash}` });
}

/**
 * The receipts of a batch, each with the index of its request in the batch, from 0: not every request is answered, and
 * not every answer has a receipt.
 */
export function receiptsOfBatch(outcomes: readonly Pick<Reply, 'receipts'>[]): Pick<Reply, 'receipts'> {
  const receipts = outcomes.flatMap(({ receipts }, i) => (receipts === undefined ? [] : [`${receipts}; request=${i}`]));
  return receipts.length === 0 ? {} : { receipts: receipts.join(', ') };
}

/** The key `receipt` of a successful answer, as JSON text. */
export function receiptKey(receipt: Receipt | undefined): string {
  return receipt === undefined ? '' : `,"receipt":${JSON.stringify(receipt)}`;
}
