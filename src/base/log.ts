import { Writable } from 'node:stream';
import winston from 'winston';
import { StewardError } from './errors.ts';
import { cutToBytes, escapeControls, utf8Size } from './text.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** Each entry is one line of JSON. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** A test holds that it covers every field that has the class `secret` or `sensitive` in a schema. */
const SECRET_KEY =
  /token$|passw(or)?d|passphrase|pwd$|secret|credential|authorization|cookie|(api|private|signing)[-_]?key|jwt|e-?mail|totp|recovery|passkey|qr_?code|^(auth|session|value|params|uri)$/i;
/** A signed or encrypted token, or a part of one. */
const JWT = /eyJ[\w-]{10,}(\.[\w-]*){0,4}/g;
/** The token of a session, or the beginning of one. */
const SESSION_TOKEN = /steward-session-[\w-]*/g;
/** The values in MongoDB's message about a duplicate key, which may be an e-mail address. */
const DUPLICATE = /dup key: \{.*/g;
const MAX_TEXT = 2_000;
const MAX_STACK = 8_000;
const MAX_DEPTH = 6;
const MAX_CAUSES = 3;
const MAX_ITEMS = 50;
/** Bounds objects with many references to themselves. */
const MAX_VALUES = 500;

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the entries are written; standard error by default. */
  readonly stream?: NodeJS.WritableStream;
  /** Fields of every entry. */
  readonly fields?: LogFields;
}

/** A logger whose secrets are masked by the names of their keys. */
export function createLogger({ level, stream, fields: always = {} }: LoggerOptions): Logger {
  const winstonLogger = winston.createLogger({
    level,
    format: winston.format.printf(({ level: at, message, fields }) => {
      const entry = {
        time: new Date().toISOString(),
        level: at,
        message: masked(String(message), MAX_TEXT),
        ...always,
        ...(clean(fields ?? {}, { budget: { left: MAX_VALUES }, depth: 0, maxText: MAX_TEXT }) as object),
      };
      // JSON only escapes C0 controls; terminals and readers of lines also react to others.
      return escapeControls(JSON.stringify(entry));
    }),
    transports: [new winston.transports.Stream({ stream: stream ?? batched(process.stderr), eol: '\n' })],
  });
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => {
    winstonLogger.log({ level: name, message, fields });
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** The keys of most entries repeat. Keys that callers choose may fill the map, but not more than that. */
const MASKED = new Map<string, boolean>();
const [MAX_KEYS, MAX_KEY_LENGTH] = [1_024, 64];

/** Whether the value of a field of this name never appears in the log. */
export function isMasked(key: string): boolean {
  const known = MASKED.get(key);
  if (known !== undefined) return known;
  const found = SECRET_KEY.test(key);
  if (MASKED.size < MAX_KEYS && key.length <= MAX_KEY_LENGTH) MASKED.set(key, found);
  return found;
}

/** The fields of a log entry for whatever was thrown; for an error with its stack. Never throws. */
export function errorFields(thrown: unknown): LogFields {
  try {
    return { error: isRecord(thrown) ? errorObject(thrown, 0) : String(thrown) };
  } catch {
    return { error: 'an error that cannot be shown' };
  }
}

function errorObject(error: Readonly<Record<string, unknown>>, depth: number): LogFields {
  const { name, message, code, stack, cause } = error;
  return {
    ...primitives({ name, message, code }),
    ...(error instanceof StewardError ? primitives({ reason: error.reason, detail: error.detail }) : {}),
    ...primitives({ stack }),
    ...(isRecord(cause) && depth < MAX_CAUSES ? { cause: errorObject(cause, depth + 1) } : primitives({ cause })),
  };
}

function primitives(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Writes what is still to be written. One listener serves all logs of the process. */
const unwritten = new Set<() => void>();
process.once('exit', () => {
  for (const flush of unwritten) flush();
});

/**
 * Writes all entries of one iteration of the event loop at once: standard error is written synchronously, and a write
 * for each line costs more than formatting it.
 */
function batched(target: NodeJS.WriteStream): Writable {
  let lines = '';
  const flush = () => {
    const text = lines;
    lines = '';
    unwritten.delete(flush);
    if (text !== '') target.write(text);
  };
  return new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      if (lines === '') {
        unwritten.add(flush);
        setImmediate(flush);
      }
      lines += line;
      done();
    },
  });
}

interface Bounds {
  /** How many more values the entry may have. */
  readonly budget: { left: number };
  readonly depth: number;
  /** The longest text, in bytes. */
  readonly maxText: number;
}

/** The value as plain JSON, with secrets masked, and cut to the bounds of an entry. */
function clean(value: unknown, bounds: Bounds): unknown {
  const { budget, depth, maxText } = bounds;
  budget.left -= 1;
  if (budget.left < 0) return '[more]';
  switch (typeof value) {
    case 'string':
      return masked(value, maxText);
    case 'bigint':
      return String(value);
    case 'object':
      break;
    default:
      return typeof value === 'function' || typeof value === 'symbol' ? undefined : value;
  }
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return clean(errorFields(value).error, { ...bounds, maxText: MAX_TEXT });
  const inner = { budget, depth: depth + 1, maxText: MAX_TEXT };
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, inner));
  const fields = fieldsOf(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    fields.map(([key, field]) => {
      const within = key === 'stack' ? { ...inner, maxText: MAX_STACK } : inner;
      return [masked(key, 100), isMasked(key) ? '[secret]' : clean(field, within)];
    }),
  );
}

/** Never throws, although a getter may. */
function fieldsOf(value: object): [string, unknown][] {
  try {
    return Object.entries(value);
  } catch {
    return [['unreadable', true]];
  }
}

function masked(text: string, max: number): string {
  const cut = cutToBytes(text, max);
  const short = cut === text ? text : `${cut}… (${utf8Size(text)} bytes)`;
  const plain = short.includes('dup key') ? short.replace(DUPLICATE, 'dup key') : short;
  const unsigned = plain.includes('steward-session-') ? plain.replace(SESSION_TOKEN, '[token]') : plain;
  return unsigned.includes('eyJ') ? unsigned.replace(JWT, '[token]') : unsigned;
}
