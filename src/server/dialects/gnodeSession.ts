import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { DialectRequest, Route } from './dialect.ts';
import { header } from './words.ts';

/* The session cookie of the G-Node portal, and its protection from pages of other sites. */

export const COOKIE = 'sessionid';

/** The value of the cookie; undefined if the request has none. */
export function sessionIn(headers: DialectRequest['headers']): string | undefined {
  return /(?:^|; *)sessionid=([\w-]{1,200})(?:;|$)/.exec(header(headers, 'cookie') ?? '')?.[1];
}

/** Scripts cannot read the cookie, and pages of other sites do not send it with a write. */
export function cookie(session: string, seconds: number, base: string): string {
  const secure = base.startsWith('https:') ? '; Secure' : '';
  return `${COOKIE}=${session}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

/**
 * Protects from cross-site request forgery, since a browser sends the cookie with requests of any site's pages. Origin
 * or Referer, if there is one, must be of this host, and a body must be declared as JSON, which needs a preflight
 * request.
 *
 * The portal's Python client declares no Content-Type. Such a body is only accepted from programs. A browser is
 * recognised by its User-Agent and by the headers Origin, Referer and Sec-Fetch-Site, which a page cannot all suppress.
 *
 * @throws cross_site, parse_error
 */
export function assertGenuine({ verb, body, takes }: Route, headers: DialectRequest['headers'], base: string): void {
  const here = [base, `http://${header(headers, 'host')}`].map(hostOf);
  const origin = header(headers, 'origin');
  const referer = header(headers, 'referer');
  const from = origin ?? (verb === 'GET' ? undefined : referer);
  if (from !== undefined && !here.includes(hostOf(from))) throw refuse('cross_site', cutToCharacters(from, 200));
  if (verb === 'GET') return;
  const site = header(headers, 'sec-fetch-site');
  if (site === 'cross-site') throw refuse('cross_site', 'another site');
  if (body === undefined || takes === 'form') return;
  const type = header(headers, 'content-type') ?? '';
  if (type === '' && !isBrowser(headers)) return;
  if (!/^application\/json *(;|$)/i.test(type))
    throw refuse('parse_error', 'the Content-Type must be application/json');
}

/** Whether anything in a request shows that a browser sent it. */
function isBrowser(headers: DialectRequest['headers']): boolean {
  const signs = ['origin', 'referer', 'sec-fetch-site'];
  // The User-Agent of every browser begins with Mozilla.
  return signs.some((name) => headers[name] !== undefined) || /^Mozilla\//i.test(header(headers, 'user-agent') ?? '');
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);
