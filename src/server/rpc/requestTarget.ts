import type { IncomingMessage } from 'node:http';
import { refuse } from '../../base/errors.ts';

export interface RequestTarget {
  readonly url: string;
  readonly path: string;
  /** The host of an absolute target, or else that of the Host header. */
  readonly host: string | undefined;
}

/** A host, or an address in brackets, and a port. It may be empty, if the target has no authority. */
const HOST = /^(?:\[[\w.:%]+\]|[\w.~!$&'()*+,;=%-]*)(?::\d{0,5})?$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Reads the request line and the Host header by RFC 9112 sections 3.2 and 3.2.2: the host of a target with a scheme, as
 * clients send it to a proxy, takes precedence over the header.
 *
 * @throws request_malformed
 */
export function targetOf({ url = '/', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>): RequestTarget {
  const hosts = rawHeaders.flatMap((name, i) => (i % 2 === 0 && /^host$/i.test(name) ? [rawHeaders[i + 1] ?? ''] : []));
  if (hosts.length > 1) throw refuse('request_malformed', 'the header Host is given more than once');
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

/** @throws encoding_unsupported for a body with a content encoding, such as gzip */
export function assertPlainBody({ headers }: Pick<IncomingMessage, 'headers'>): void {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (hasBody && encoding !== '' && encoding !== 'identity') throw refuse('encoding_unsupported');
}
