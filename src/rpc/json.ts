import { visit } from 'jsonc-parser';
import { refuse } from '../errors.ts';

const MAX_DEPTH = 32;
const MAX_CONTENT_DEPTH = 1_000;
const MAX_ITEMS = 100_000;
const MAX_KEYS = 10_000;
/** In content too: a body of nothing but `{},` takes forty times its length in memory, and half a minute. */
const MAX_CONTAINERS = 2_000_000;
const POISON = new Set(['__proto__', 'constructor', 'prototype']);
/** Below these keys of `params` stands what a caller stores: any key is allowed in it. */
const CONTENT_KEYS = new Set(['data', 'provenance', 'meta']);

/** What is open around the place that is being looked at. */
interface Frame {
  readonly keys: Set<string> | undefined;
  /** Below one of CONTENT_KEYS. */
  readonly content: boolean;
  readonly inParams: boolean;
  items: number;
  /** The key whose value comes next. */
  key: string;
}

/** `ignoreBOM` leaves a byte order mark in the text, where it is refused as JSON does. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The JSON value in these bytes. Structure is judged before any value is built: depth, lengths, duplicate keys and keys
 * that could reach a prototype are refused outside of stored content; half characters everywhere, since the database
 * would store something else than was hashed.
 *
 * @throws parse_error
 */
export function parseJson(body: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(body);
  } catch {
    throw refuse('parse_error', 'the body is not valid UTF-8');
  }
  assertStructure(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse('parse_error', text.trim() === '' ? 'No content to map due to end-of-input' : reasonOf(error));
  }
}

function assertStructure(text: string): void {
  const frames: Frame[] = [];
  let containers = 0;
  const complain = (what: string, offset: number): never => {
    throw refuse('parse_error', `${what} at character ${offset}`);
  };
  const escapesSurrogates = SURROGATE_ESCAPE.test(text);
  const assertWhole = (string: unknown, offset: number) => {
    if (escapesSurrogates && typeof string === 'string' && LONE_SURROGATE.test(string)) {
      complain('half a character (a lone surrogate)', offset);
    }
  };
  const value = (offset: number) => {
    const parent = frames.at(-1);
    if (parent === undefined || parent.keys !== undefined) return;
    parent.items += 1;
    if (parent.items > MAX_ITEMS && !parent.content) complain(`a list of more than ${MAX_ITEMS} items`, offset);
  };
  const open = (keys: Set<string> | undefined, offset: number) => {
    value(offset);
    containers += 1;
    if (containers > MAX_CONTAINERS) complain(`more than ${MAX_CONTAINERS} lists and objects`, offset);
    const parent = frames.at(-1);
    const inParams = parent !== undefined && (parent.inParams || (isEnvelope(frames) && parent.key === 'params'));
    const content =
      parent !== undefined &&
      (parent.content || (parent.inParams && parent.keys !== undefined && CONTENT_KEYS.has(parent.key)));
    const limit = content ? MAX_CONTENT_DEPTH : MAX_DEPTH;
    if (frames.length >= limit) complain(`nesting deeper than ${limit}`, offset);
    frames.push({ keys, content, inParams, items: 0, key: '' });
  };
  const close = () => {
    frames.pop();
  };
  visit(text, {
    onObjectBegin: (offset) => open(new Set(), offset),
    onArrayBegin: (offset) => open(undefined, offset),
    onObjectEnd: close,
    onArrayEnd: close,
    onLiteralValue: (literal, offset) => {
      assertWhole(literal, offset);
      value(offset);
    },
    onObjectProperty: (key, offset) => {
      assertWhole(key, offset);
      const frame = frames.at(-1);
      if (frame?.keys === undefined) return;
      frame.key = key;
      if (frame.content) return;
      if (frame.keys.has(key)) complain(`the key ${JSON.stringify(key.slice(0, 64))} twice`, offset);
      if (POISON.has(key)) complain(`the key ${key}, which is not allowed`, offset);
      frame.keys.add(key);
      if (frame.keys.size > MAX_KEYS) complain(`an object of more than ${MAX_KEYS} keys`, offset);
    },
  });
}

/** Whether what is open is a request and nothing inside of it: the body itself, or an item of a batch. */
function isEnvelope(frames: readonly Frame[]): boolean {
  const [outer, inner] = frames;
  return frames.length === 1 ? outer?.keys !== undefined : frames.length === 2 && !outer?.keys && !!inner?.keys;
}

/** The parser's own words without the piece of text that it quotes. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/,? (\.\.\.)?".*is not valid JSON$/s, '') : 'it is not JSON';
}
