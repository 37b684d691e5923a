import type { IncomingMessage } from 'node:http';

const MAX_LENGTH = 100;

export interface Addresses {
  /** Where the client is said to be; the socket's address where nobody is believed. */
  readonly address: string;
  readonly socketAddress: string;
  /** The X-Forwarded-For header as it came, cut. */
  readonly forwarded: string | undefined;
}

/**
 * Who is calling from where: the first entry of X-Forwarded-For, else X-Real-IP, where these are trusted, else the other
 * end of the socket.
 */
export function addressesOf(request: IncomingMessage, trustForwarded: boolean): Addresses {
  const socketAddress = request.socket.remoteAddress ?? '-';
  const header = request.headers['x-forwarded-for'];
  const forwarded = (Array.isArray(header) ? header.join(', ') : header)?.slice(0, 500);
  const claimed = trustForwarded
    ? (plausible(forwarded?.split(',')[0]) ?? plausible(String(request.headers['x-real-ip'] ?? '')))
    : undefined;
  return { address: claimed ?? socketAddress, socketAddress, forwarded };
}

/** An address or a host name; anything else is not worth believing. */
function plausible(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed.length > 0 && trimmed.length <= MAX_LENGTH && /^[\w.:[\]%-]+$/.test(trimmed) ? trimmed : undefined;
}
