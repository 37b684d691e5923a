import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

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

/**
 * What limits by address count by: the address, or of an IPv6 address its first 64 bits, since one host has all the
 * addresses that begin so.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [before = '', after] = address.replace(/%.*$/, '').split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(zeros, 0)).fill('0'), ...tail];
  return `${groups
    .slice(0, 4)
    .map((g) => Number.parseInt(g, 16).toString(16))
    .join(':')}::/64`;
}
