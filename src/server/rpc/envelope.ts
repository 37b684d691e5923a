import type { Chunk } from '../../base/json/jsonText.ts';
import type { Receipt } from '../../gate/door.ts';
import type { WireError } from './wireError.ts';

/** One call as it was asked for, in either envelope. */
export interface RpcCall {
  /** Full name. */
  readonly method: string;
  readonly params: readonly unknown[];
}

/** How an envelope answers one call. */
export interface Reply {
  /** The body, in pieces that are sent one after the other; undefined where nothing is answered. */
  readonly body: Body | undefined;
  readonly status: number;
  /** After how many seconds what was refused may be tried again. */
  readonly retryAfter?: number;
  /** The audit records of the calls, as the header `Steward-Receipt` has them. */
  readonly receipts?: string;
}

export type Body = readonly Chunk[];

/** What became of a call. The result is JSON already, so that what cannot be written fails before it is answered. */
export type Outcome =
  | { readonly json: Body; readonly receipt: Receipt | undefined; readonly returnsValue: boolean }
  | { readonly error: WireError; readonly requestId: string };

const MODULE = 'Workspace';

/** `ver` means `Workspace.ver`. */
export function fullMethodName(name: string): string {
  return name.includes('.') ? name : `${MODULE}.${name}`;
}

/** After how many seconds what came to this may be tried again, as a part of its reply. */
export function retryOf(outcome: Outcome): Pick<Reply, 'retryAfter'> {
  const seconds = 'error' in outcome ? outcome.error.retryAfter : undefined;
  return seconds === undefined ? {} : { retryAfter: seconds };
}

/** The receipt of what came to this, as a part of its reply. */
export function receiptsOf(outcome: Outcome): Pick<Reply, 'receipts'> {
  const receipt = 'error' in outcome ? undefined : outcome.receipt;
  return receipt === undefined ? {} : { receipts: receiptText(receipt) };
}

/** A receipt as the header `Steward-Receipt` has it. */
const receiptText = ({ record, hash }: Receipt): string => `${record} ${hash}`;

/**
 * The receipts of a batch as the header has them: each with the place of its request in the batch, from 0, since not every
 * request is answered and not every answer has one.
 */
export function receiptsOfBatch(outcomes: readonly Pick<Reply, 'receipts'>[]): Pick<Reply, 'receipts'> {
  const receipts = outcomes.flatMap(({ receipts }, i) => (receipts === undefined ? [] : [`${receipts}; request=${i}`]));
  return receipts.length === 0 ? {} : { receipts: receipts.join(', ') };
}

/** The last keys of a successful answer, where there are any. */
export function receiptKey(receipt: Receipt | undefined): string {
  return receipt === undefined ? '' : `,"receipt":${JSON.stringify(receipt)}`;
}
