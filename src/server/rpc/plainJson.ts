import { isUtf8 } from 'node:buffer';
import { NumberText } from '../../base/json/numberText.ts';
import { CONTENT_NAMES } from './rawData.ts';

/** A text of this many bytes cannot exceed any of the reader's limits but the one on depth. */
const MAX_BYTES = 8_192;
const MAX_DEPTH = 32;
/** Integers of this many digits are exact. */
const MAX_DIGITS = 15;

const UNPLAIN = new RegExp(`"(?:${['__proto__', 'constructor', 'prototype', ...CONTENT_NAMES].join('|')})"`);

const [QUOTE, BACKSLASH, COLON, ZERO, NINE] = [0x22, 0x5c, 0x3a, 0x30, 0x39];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const [MINUS, POINT, SMALL_E] = [0x2d, 0x2e, 0x65];
const TO_SMALL = 0x20;

/**
 * The value of a short JSON text without anything unusual, by `JSON.parse`, which takes a tenth of the reader's time. The
 * value is the one that the reader would return. Undefined for any other text, which the reader must read or refuse:
 * with escapes, fractions, long numbers, data of objects, keys that occur twice or are forbidden, or errors.
 *
 * @param hasId whether the text is a JSON-RPC request
 */
export function plainJson(bytes: Uint8Array, hasId: boolean): unknown {
  if (bytes.length > MAX_BYTES || !isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const keys = plainKeys(text);
  if (keys === undefined || UNPLAIN.test(text)) return undefined;
  const value = parsed(text);
  if (value === undefined || countKeys(value) !== keys) return undefined;
  return hasId ? withIdText(value) : value;
}

/** The number of keys in the text, with those that occur twice; undefined if it has something unusual. */
function plainKeys(text: string): number | undefined {
  let [keys, depth, digits, inString] = [0, 0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) return undefined;
    if (code === QUOTE) inString = !inString;
    if (inString) continue;
    if (code >= ZERO && code <= NINE) {
      digits += 1;
      if (digits > MAX_DIGITS) return undefined;
      continue;
    }
    if (code === MINUS || code === POINT || (digits > 0 && (code | TO_SMALL) === SMALL_E)) return undefined;
    digits = 0;
    if (code === COLON) keys += 1;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      depth += 1;
      if (depth > MAX_DEPTH) return undefined;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth -= 1;
  }
  return keys;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function countKeys(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0;
  const inner = Object.values(value);
  let keys = Array.isArray(value) ? 0 : inner.length;
  for (const one of inner) keys += countKeys(one);
  return keys;
}

/** With a numeric id as its text. Undefined for a batch and for an id with numbers inside, which the reader handles. */
function withIdText(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const { id } = value as { id?: unknown };
  if (typeof id === 'object' && id !== null) return undefined;
  if (typeof id === 'number') (value as { id?: unknown }).id = new NumberText(String(id));
  return value;
}
