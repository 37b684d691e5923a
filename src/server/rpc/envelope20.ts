import { refuse } from '../../base/errors.ts';
import { NumberText } from '../../base/json/numberText.ts';
import { cutToCharacters } from '../../base/text.ts';
import { type Body, fullMethodName, type Outcome, type RpcCall, receiptKey } from './envelope.ts';

/* JSON-RPC 2.0, with the error codes of the 1.1 envelope. Batches run in order. */

export type Id20 = string | NumberText | null;

export interface Request20 {
  readonly call: RpcCall;
  /** Undefined for a notification. */
  readonly id: Id20 | undefined;
}

const KNOWN = ['jsonrpc', 'method', 'id', 'params', 'context'];
const MAX_BATCH = 50;
const MAX_ADMINISTER = 5;

export function isRequest20(value: unknown): boolean {
  return Array.isArray(value) || (value !== null && typeof value === 'object' && Object.hasOwn(value, 'jsonrpc'));
}

/** @throws invalid_request */
export function assertBatch(batch: readonly unknown[]): void {
  const { length } = batch;
  if (length === 0) throw refuse('invalid_request', 'the batch is empty');
  if (length > MAX_BATCH)
    throw refuse('invalid_request', `a batch may hold at most ${MAX_BATCH} requests (was: ${length})`);
  const administer = batch.filter((request) => {
    const method = fieldOf(request, 'method');
    return typeof method === 'string' && fullMethodName(method) === 'Workspace.administer';
  }).length;
  if (administer > MAX_ADMINISTER) {
    const what = `at most ${MAX_ADMINISTER} calls of administer (was: ${administer})`;
    throw refuse('invalid_request', `a batch may hold ${what}`);
  }
}

/** The id of a request, which may be invalid otherwise. */
export function idOf(value: unknown): Id20 {
  const id = fieldOf(value, 'id');
  return isId(id) ? id : null;
}

function isId(id: unknown): id is Id20 {
  return id === null || typeof id === 'string' || id instanceof NumberText;
}

/** @throws invalid_request, method_missing, method_malformed */
export function readRequest20(value: unknown): Request20 {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse('invalid_request', 'a request must be a JSON object');
  }
  const { jsonrpc, method, id, params, ...rest } = value as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0') throw refuse('invalid_request', 'jsonrpc must be "2.0"');
  const unknown = Object.keys(rest).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined)
    throw refuse('invalid_request', `the unknown key ${JSON.stringify(cutToCharacters(unknown, 64))}`);
  if (id !== undefined && !isId(id)) throw refuse('invalid_request', 'id must be a text, a number or null');
  if (method === undefined || method === null) throw refuse('method_missing');
  if (typeof method !== 'string') throw refuse('invalid_request', 'method must be a text');
  if (method === '' || method === '.' || method === 'Workspace.') throw refuse('method_malformed');
  return { call: { method: fullMethodName(method), params: paramsOf(params) }, id };
}

/** A list of parameters, or the one parameter itself, or none. */
function paramsOf(params: unknown): readonly unknown[] {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  if (typeof params === 'object') return [params];
  throw refuse('invalid_request', 'params must be a list or an object');
}

/** @param withReceipt whether there is a key `receipt`, which strict clients of JSON-RPC 2.0 do not accept */
export function reply20(outcome: Outcome, id: Id20, withReceipt = true): Body {
  const idText = id instanceof NumberText ? id.text : JSON.stringify(id);
  if ('error' in outcome) {
    const { code, message, reason, kind, advice, detail, retryAfter, request } = outcome.error;
    const { requestId } = outcome;
    const data = { reason, kind, requestId, advice, detail, retryAfterSeconds: retryAfter, request };
    return [`{"jsonrpc":"2.0","error":${JSON.stringify({ code, message, data })},"id":${idText}}`];
  }
  const { json, receipt, returnsValue } = outcome;
  const end = `${withReceipt ? receiptKey(receipt) : ''},"id":${idText}}`;
  return ['{"jsonrpc":"2.0","result":', ...(returnsValue ? json : ['null']), end];
}

function fieldOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
