import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
}

const PREFIX = '/console';
/** What the build leaves where each response gets its own nonce; .scripts/console.mjs writes it. */
const NONCE_PLACEHOLDER = '__STYLE_NONCE__';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
const NOT_BUILT = 'This build of the service has no console. Run `npm run build`, and start the service again.\n';
/** A year: the names of these files contain a hash of what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Scripts come from this service alone, no text is run as one, and no other page may show this one. */
const policyWith = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

interface StoredFile {
  readonly type: string;
  readonly plain: Uint8Array;
  /** Made at the first request for it. */
  packed?: Uint8Array;
}

/** The files of the operator's console, which the build puts into dist/console. They contain no data. */
export class ConsoleFiles {
  readonly #folder: string;
  #files: ReadonlyMap<string, StoredFile> | undefined;

  /** @param folder where the built files are */
  constructor(folder: string = fileURLToPath(new URL('../../console/', import.meta.url))) {
    this.#folder = folder;
  }

  /** The answer to GET and HEAD on this path (without the query); undefined if the path is not the console's. */
  answer(path: string, acceptEncoding: string | undefined): ConsoleAnswer | undefined {
    // Relative, so that it is right behind a proxy that serves the service under a path of its own.
    if (path === PREFIX) return { status: 308, headers: { ...SAFE_HEADERS, Location: 'console/' } };
    if (!path.startsWith(`${PREFIX}/`)) return undefined;
    this.#files ??= readAll(this.#folder);
    if (!this.#files.has('index.html')) return noticeOf(NOT_BUILT);
    const name = path.slice(PREFIX.length + 1);
    const file = this.#files.get(name === '' ? 'index.html' : name);
    if (file === undefined) return noticeOf('The console has no such file.\n');
    return name === '' || name === 'index.html' ? pageOf(file) : assetOf(file, acceptEncoding);
  }
}

const noticeOf = (text: string): ConsoleAnswer => ({
  status: 404,
  headers: { ...SAFE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  body: Buffer.from(text),
});

function pageOf({ type, plain }: StoredFile): ConsoleAnswer {
  const nonce = randomBytes(18).toString('base64');
  return {
    status: 200,
    headers: {
      ...SAFE_HEADERS,
      'Content-Type': type,
      'Content-Security-Policy': policyWith(nonce),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    },
    body: Buffer.from(Buffer.from(plain).toString('utf8').replaceAll(NONCE_PLACEHOLDER, nonce)),
  };
}

function assetOf(file: StoredFile, acceptEncoding: string | undefined): ConsoleAnswer {
  const headers = { ...SAFE_HEADERS, 'Content-Type': file.type, 'Cache-Control': FOR_EVER, Vary: 'Accept-Encoding' };
  if (!/\bbr\b/.test(acceptEncoding ?? '')) return { status: 200, headers, body: file.plain };
  // The best quality takes seconds, and this one is about as small as gzip at its best.
  file.packed ??= brotliCompressSync(file.plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } });
  return { status: 200, headers: { ...headers, 'Content-Encoding': 'br' }, body: file.packed };
}

/** Only files that are there at the first request are served, whatever a path says. */
function readAll(folder: string): ReadonlyMap<string, StoredFile> {
  if (!existsSync(folder)) return new Map();
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const type = TYPES[extname(name)];
    if (type === undefined) return [];
    return [[name.replaceAll('\\', '/'), { type, plain: readFileSync(join(folder, name)) }] as const];
  });
  return new Map(found);
}
