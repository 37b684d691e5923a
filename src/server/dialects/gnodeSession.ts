import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import type { DialectRequest, Route } from './dialect.ts';
import { header } from './words.ts';

/** The cookie that carries a session of the G-Node portal, and how it is kept from pages of other sites. */

export const COOKIE = 'sessionid';

/** What the cookie holds; undefined where the request has none. */
export function sessionIn(headers: DialectRequest['headers']): string | undefined {
  return /(?:^|; *)sessionid=([\w-]{1,200})(?:;|$)/.exec(header(headers, 'cookie') ?? '')?.[1];
}

/** No script reads it, and no other site's page sends it along with a write. */
export function cookie(session: string, seconds: number, base: string): string {
  const secure = base.startsWith('https:') ? '; Secure' : '';
  return `${COOKIE}=${session}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

/**
 * A browser sends the cookie along with whatever a page of any site makes it send. So a page that says where it comes
 * from must come from here, and a body must be declared as JSON, which no page of another site can do unasked.
 *
 * The portal's Python client declares nothing. A body without a Content-Type is taken from programs alone: a browser shows
 * itself by its User-Agent, and by the headers Origin, Referer and Sec-Fetch-Site, none of which a page can take away from
 * all requests.
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

/** Whether a request shows any sign that a browser sent it. */
function isBrowser(headers: DialectRequest['headers']): boolean {
  const signs = ['origin', 'referer', 'sec-fetch-site'];
  // The User-Agent of every browser begins like this.
  return signs.some((name) => headers[name] !== undefined) || /^Mozilla\//i.test(header(headers, 'user-agent') ?? '');
}

const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);
