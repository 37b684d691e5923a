import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';

/** KBase's clients request more headers with a header of this literal name. */
const KBASE_REQUEST = 'http_access_control_request_headers';
const ORIGIN = 'Access-Control-Allow-Origin';
/** What pages of the named origins may send, and for how many seconds a browser caches that. */
const REQUEST_HEADERS = 'authorization, content-type, steward-receipt';
const METHODS = 'GET, HEAD, POST, PUT, DELETE';
const MAX_AGE = '7200';
/** Headers that pages may read, besides those that are always readable. */
const EXPOSED = 'Steward-Receipt, Retry-After, Link';

type RequestHeaders = Pick<IncomingMessage, 'headers'>;

/**
 * Headers that tell browsers what pages of other sites may do. JSON-RPC is answered with `*`, as by KBase. Pages of the
 * named origins may also send JSON, and use the routes of other systems. Cookies are never allowed.
 */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  /** @param origins such as `https://portal.example.org` */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** For answers of JSON-RPC. */
  rpc(request: RequestHeaders): OutgoingHttpHeaders {
    const requested = request.headers[KBASE_REQUEST];
    const allowed = this.#isNamed(request) ? REQUEST_HEADERS : 'authorization';
    return {
      [ORIGIN]: '*',
      'Access-Control-Allow-Headers': typeof requested === 'string' ? requested : allowed,
      'Access-Control-Expose-Headers': EXPOSED,
      ...this.#vary,
    };
  }

  preflight(request: RequestHeaders): OutgoingHttpHeaders {
    const more = { 'Access-Control-Allow-Methods': METHODS, 'Access-Control-Max-Age': MAX_AGE };
    return { ...this.rpc(request), ...(this.#isNamed(request) ? more : {}) };
  }

  /** For answers of other systems' routes. @param isPublic whether everybody may read them without a credential */
  route(request: RequestHeaders, isPublic: boolean): OutgoingHttpHeaders {
    if (isPublic) return { [ORIGIN]: '*', 'Access-Control-Expose-Headers': EXPOSED };
    const { origin } = request.headers;
    if (!this.#isNamed(request)) return this.#vary;
    return { [ORIGIN]: origin, 'Access-Control-Expose-Headers': EXPOSED, ...this.#vary };
  }

  #isNamed({ headers: { origin } }: RequestHeaders): boolean {
    return origin !== undefined && this.#origins.has(origin);
  }

  /** Keeps caches from giving the answer for one origin to another. */
  get #vary(): OutgoingHttpHeaders {
    return this.#origins.size === 0 ? {} : { Vary: 'Origin' };
  }
}
