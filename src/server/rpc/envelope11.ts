import { refuse } from '../../base/errors.ts';
import { NumberText } from '../../base/json/numberText.ts';
import { cutToCharacters } from '../../base/text.ts';
import { fullMethodName, type Outcome, type Reply, type RpcCall, receiptKey, receiptsOf, retryOf } from './envelope.ts';

/*
 * JSON-RPC 1.1 in the dialect of the KBase Workspace Service 0.15: success is HTTP 200 without an id, every error is
 * HTTP 500, and `error` has only the keys that KBase's Python client accepts.
 */

const KNOWN = ['version', 'method', 'id', 'params', 'context'];
const CLASS = 'us.kbase.common.service.JsonServerServlet$RpcCallData';

/** A well-formed request, whose method may be missing. */
export interface Request11 {
  readonly method: unknown;
  readonly params: readonly unknown[] | null | undefined;
  /** The id of an error reply; undefined if it has none. */
  readonly id: string | undefined;
}

/** @throws parse_error */
export function readRequest11(value: unknown): Request11 {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw refuse('parse_error', 'the request must be one JSON object');
  }
  const request = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(request).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    const known = KNOWN.map((k) => `"${k}"`).join(', ');
    throw refuse(
      'parse_error',
      `Unrecognized field "${cutToCharacters(unknown, 64)}" (class ${CLASS}), not marked as ignorable (5 known properties: ${known}])`,
    );
  }
  const { method, params, context, id } = request;
  if (params !== undefined && params !== null && !Array.isArray(params))
    throw refuse('parse_error', 'params must be a list');
  if (context !== undefined && context !== null && (typeof context !== 'object' || Array.isArray(context))) {
    throw refuse('parse_error', 'context must be an object');
  }
  if (method !== null && typeof method === 'object') throw refuse('parse_error', 'method must be a text');
  return { method, params, id: id === undefined || id === null ? undefined : javaText(id) };
}

/** @throws method_missing, method_malformed, params_missing */
export function callOf11({ method, params }: Request11): RpcCall {
  if (method === undefined || method === null) throw refuse('method_missing');
  const name = String(method);
  if (params === undefined || params === null) throw refuse('params_missing');
  if (name === '' || name === '.' || name === 'Workspace.') throw refuse('method_malformed');
  return { method: fullMethodName(name), params };
}

export function reply11(outcome: Outcome, id: string | undefined): Reply {
  if ('error' in outcome) {
    const { code, message, reason } = outcome.error;
    const error = { name: 'JSONRPCError', code, message, data: reason, error: null };
    return { status: 500, body: [JSON.stringify({ version: '1.1', error, id })], ...retryOf(outcome) };
  }
  const { json, receipt, returnsValue } = outcome;
  const result = returnsValue ? ['[', ...json, ']'] : ['null'];
  const body = ['{"version":"1.1","result":', ...result, `${receiptKey(receipt)}}`];
  return { status: 200, body, ...receiptsOf(outcome) };
}

/** A JSON value as Java prints it: `[1, 2]`, `{a=1}`. */
function javaText(value: unknown): string {
  if (value instanceof NumberText) return javaNumber(value.text);
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}=${javaText(v)}`)
      .join(', ')}}`;
  }
  return String(value);
}

/** An integer as BigInteger prints it, in its own digits; other numbers as Double.toString: `1.5`, `1.0E21`. */
function javaNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return text === '-0' ? '0' : text;
  const value = Number(text);
  if (!Number.isFinite(value) || value === 0)
    return Object.is(value, -0) ? '-0.0' : value === 0 ? '0.0' : String(value);
  const size = Math.abs(value);
  const withPoint = (digits: string) => (digits.includes('.') ? digits : `${digits}.0`);
  if (size >= 1e-3 && size < 1e7) return withPoint(String(value));
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${withPoint(digits)}E${Number(exponent)}`;
}
