import { Writable } from 'node:stream';
import winston from 'winston';
import { StewardError } from './errors.ts';
import { cutToBytes, escapeControls, utf8Size } from './text.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of JSON an entry, whatever it holds. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

const SECRET_KEY =
  /token$|passw(or)?d|passphrase|pwd$|secret|credential|authorization|cookie|(api|private|signing)[-_]?key|jwt/i;
/** A signed or encrypted token, or as much of one as is there. */
const JWT = /eyJ[\w-]{10,}(\.[\w-]*){0,4}/g;
const MAX_TEXT = 2_000;
/** A stack is long, and worth it. */
const MAX_STACK = 8_000;
const MAX_DEPTH = 6;
const MAX_CAUSES = 3;
const MAX_ITEMS = 50;
/** What refers to itself in many places would otherwise be written out as often as depth and items allow. */
const MAX_VALUES = 500;

/** A logger that writes to `stream`, standard error by default. Secrets are masked by the names of their keys. */
export function createLogger({ level, stream }: { level: LogLevel; stream?: NodeJS.WritableStream }): Logger {
  const winstonLogger = winston.createLogger({
    level,
    format: winston.format.printf(({ level: at, message, fields }) => {
      const entry = {
        time: new Date().toISOString(),
        level: at,
        message: masked(String(message), MAX_TEXT),
        ...(clean(fields ?? {}, { left: MAX_VALUES }, 0) as object),
      };
      // JSON escapes C0; a terminal or a reader of lines breaks at others as well.
      return escapeControls(JSON.stringify(entry));
    }),
    transports: [new winston.transports.Stream({ stream: stream ?? turnwise(process.stderr), eol: '\n' })],
  });
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => {
    winstonLogger.log({ level: name, message, fields });
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** Whatever was thrown as fields of a log entry, an error with its stack. Never throws. */
export function errorFields(thrown: unknown): LogFields {
  try {
    return { error: isRecord(thrown) ? errorObject(thrown, 0) : String(thrown) };
  } catch {
    return { error: 'something that cannot be shown' };
  }
}

function errorObject(error: Readonly<Record<string, unknown>>, depth: number): LogFields {
  const { name, message, code, stack, cause } = error;
  return {
    ...shown({ name, message, code }),
    ...(error instanceof StewardError ? shown({ reason: error.reason, detail: error.detail }) : {}),
    ...shown({ stack }),
    ...(isRecord(cause) && depth < MAX_CAUSES ? { cause: errorObject(cause, depth + 1) } : shown({ cause })),
  };
}

/** The fields that say something as they are. */
function shown(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/**
 * Writes what one turn of the event loop has logged at once: standard error is written synchronously, and a write a line
 * costs more than making the line.
 */
function turnwise(target: NodeJS.WriteStream): Writable {
  let lines = '';
  const flush = () => {
    const text = lines;
    lines = '';
    if (text !== '') target.write(text);
  };
  process.once('exit', flush);
  return new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      if (lines === '') setImmediate(flush);
      lines += line;
      done();
    },
  });
}

/** The value as plain JSON with its secrets masked, cut to what an entry may hold. */
function clean(value: unknown, budget: { left: number }, depth: number, max = MAX_TEXT): unknown {
  budget.left -= 1;
  if (budget.left < 0) return '[more]';
  switch (typeof value) {
    case 'string':
      return masked(value, max);
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
  if (value instanceof Error) return clean(errorFields(value).error, budget, depth);
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, budget, depth + 1));
  return Object.fromEntries(
    fieldsOf(value)
      .slice(0, MAX_ITEMS)
      .map(([key, inner]) => [
        masked(key, 100),
        SECRET_KEY.test(key) ? '[secret]' : clean(inner, budget, depth + 1, key === 'stack' ? MAX_STACK : MAX_TEXT),
      ]),
  );
}

/** A field may be a getter that throws; a logger must not. */
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
  return short.includes('eyJ') ? short.replace(JWT, '[token]') : short;
}
