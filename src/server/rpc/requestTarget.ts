import type { IncomingMessage } from 'node:http';
import { refuse } from '../../base/errors.ts';

/** Where a request goes. */
export interface RequestTarget {
  /** The path and the query, as they came. */
  readonly url: string;
  /** The path alone. */
  readonly path: string;
  /** The host that the request is for: that of an absolute target, else the Host header's. */
  readonly host: string | undefined;
}

/** A host, or an address in brackets, and a port. An empty one is allowed: the target may have no authority. */
const HOST = /^(?:\[[\w.:%]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Reads the request line and the Host header as RFC 9112 sections 3.2 and 3.2.2 say: a target with a scheme, as clients
 * send it to a proxy, has the host in it, and counts before the header.
 *
 * @throws request_malformed
 */
export function targetOf({ url = '/', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>): RequestTarget {
  const hosts = rawHeaders.flatMap((name, i) => (i % 2 === 0 && /^host$/i.test(name) ? [rawHeaders[i + 1] ?? ''] : []));
  if (hosts.length > 1) throw refuse('request_malformed', 'the header Host stands more than once');
  const [host] = hosts;
  if (host !== undefined && !HOST.test(host)) throw refuse('request_malformed', 'the header Host is not a host');
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined) {
    if (!url.startsWith('/') && url !== '*') throw refuse('request_malformed', 'the target must be a path or a URL');
    return { url, path: pathOf(url), host };
  }
  if (authority === '' || !HOST.test(authority)) throw refuse('request_malformed', 'the target has no valid host');
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  return { url: target, path: pathOf(target), host: authority };
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;

/** Refuses a body that came in another form than as it is. @throws encoding_unsupported */
export function assertPlainBody({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (hasBody && encoding !== '' && encoding !== 'identity') throw refuse('encoding_unsupported');
}
