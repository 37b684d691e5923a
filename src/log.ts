import { Writable } from 'node:stream';
import winston from 'winston';
import { StewardError } from './errors.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** One line of JSON an entry, whatever it holds. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

const SECRET_KEY = /^(authorization|cookie|set-cookie|token|.*[-_]?(password|passwd|pwd|secret|secretkey|apikey))$/i;
/** Three base64url parts: a signed token. */
const JWT = /\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*/g;
const MAX_TEXT = 2_000;
/** A stack is long, and worth it. */
const MAX_STACK = 8_000;
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;

/** A logger that writes to `stream`, standard error by default. Secrets are masked by the names of their keys. */
export function createLogger({ level, stream }: { level: LogLevel; stream?: NodeJS.WritableStream }): Logger {
  const winstonLogger = winston.createLogger({
    level,
    format: winston.format.printf(({ level: at, message, fields }) => {
      const entry = {
        time: new Date().toISOString(),
        level: at,
        message: clean(message, 0),
        ...(clean(fields ?? {}, 0) as object),
      };
      return oneLine(JSON.stringify(entry));
    }),
    transports: [new winston.transports.Stream({ stream: stream ?? turnwise(process.stderr), eol: '\n' })],
  });
  const at = (name: LogLevel) => (message: string, fields?: LogFields) => {
    winstonLogger.log({ level: name, message, fields });
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** An error as fields of a log entry, with its stack. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  return {
    error: {
      name: error.name,
      message: error.message,
      ...(error instanceof StewardError ? { reason: error.reason, detail: error.detail } : {}),
      stack: error.stack,
      ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
    },
  };
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

function clean(value: unknown, depth: number, max = MAX_TEXT): unknown {
  if (typeof value === 'string') return masked(value, max);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ITEMS)
      .map(([key, inner]) => [
        masked(key, 100),
        SECRET_KEY.test(key) ? '[secret]' : clean(inner, depth + 1, key === 'stack' ? MAX_STACK : MAX_TEXT),
      ]),
  );
}

function masked(text: string, max: number): string {
  const short = text.length > max ? `${text.slice(0, max)}… (${text.length} characters)` : text;
  return short.includes('eyJ') ? short.replace(JWT, '[token]') : short;
}

/** JSON escapes C0; a terminal or a reader of lines breaks at these as well. */
function oneLine(json: string): string {
  return json.replace(/[\u007f-\u009f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
