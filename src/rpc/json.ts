import { visit } from 'jsonc-parser';
import { refuse } from '../errors.ts';

const MAX_DEPTH = 32;
const MAX_CONTENT_DEPTH = 1_000;
const MAX_ITEMS = 100_000;
const MAX_KEYS = 10_000;
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

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON value in these bytes. Structure is judged before any value is built: depth, lengths, duplicate keys and keys
 * that could reach a prototype are refused outside of stored content.
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
  const complain = (what: string, offset: number): never => {
    throw refuse('parse_error', `${what} at character ${offset}`);
  };
  const value = (offset: number) => {
    const parent = frames.at(-1);
    if (parent === undefined || parent.keys !== undefined) return;
    parent.items += 1;
    if (parent.items > MAX_ITEMS && !parent.content) complain(`a list of more than ${MAX_ITEMS} items`, offset);
  };
  const open = (keys: Set<string> | undefined, offset: number) => {
    value(offset);
    const parent = frames.at(-1);
    const inParams =
      parent !== undefined && (parent.inParams || (parent.keys !== undefined && parent.key === 'params'));
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
    onLiteralValue: (_, offset) => value(offset),
    onObjectProperty: (key, offset) => {
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

/** The parser's own words without the piece of text that it quotes. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/,? (\.\.\.)?".*is not valid JSON$/s, '') : 'it is not JSON';
}
