import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** KBase's clients ask for other headers with a header of this literal name. */
const KBASE_REQUEST = 'http_access_control_request_headers';
const ORIGIN = 'Access-Control-Allow-Origin';
/** What the named origins may send beside what any page may, and how long a browser remembers that, in seconds. */
const REQUEST_HEADERS = 'authorization, content-type, steward-receipt';
const METHODS = 'GET, HEAD, POST, PUT, DELETE';
const MAX_AGE = '7200';
/** What pages may read beside what they always may. */
const EXPOSED = 'Steward-Receipt, Retry-After, Link';

type Asked = Pick<IncomingMessage, 'headers'>;

/**
 * What a browser lets the pages of other sites do here. JSON-RPC is answered with `*`, as at KBase. Pages of the named
 * origins may send JSON and reach the routes of other systems too. No page may send cookies: credentials are never
 * allowed.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://portal.example.org` */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Of answers of JSON-RPC. */
  rpc(request: Asked): OutgoingHttpHeaders {
    const asked = request.headers[KBASE_REQUEST];
    const allowed = this.#names(request) ? REQUEST_HEADERS : 'authorization';
    return {
      [ORIGIN]: '*',
      'Access-Control-Allow-Headers': typeof asked === 'string' ? asked : allowed,
      'Access-Control-Expose-Headers': EXPOSED,
      ...this.#vary,
    };
  }

  /** Of answers to OPTIONS, by which a browser asks before it sends. */
  preflight(request: Asked): OutgoingHttpHeaders {
    const more = { 'Access-Control-Allow-Methods': METHODS, 'Access-Control-Max-Age': MAX_AGE };
    return { ...this.rpc(request), ...(this.#names(request) ? more : {}) };
  }

  /** Of answers of other systems' routes. @param isPublic whether everybody may read it, without a credential */
  route(request: Asked, isPublic: boolean): OutgoingHttpHeaders {
    if (isPublic) return { [ORIGIN]: '*', 'Access-Control-Expose-Headers': EXPOSED };
    const { origin } = request.headers;
    if (!this.#names(request)) return this.#vary;
    return { [ORIGIN]: origin, 'Access-Control-Expose-Headers': EXPOSED, ...this.#vary };
  }

  #names({ headers: { origin } }: Asked): boolean {
    return origin !== undefined && this.#origins.has(origin);
  }

  /** An answer that differs by origin must not be taken from a cache for another one. */
  get #vary(): OutgoingHttpHeaders {
    return this.#origins.size === 0 ? {} : { Vary: 'Origin' };
  }
}
