export const isHttpUrl = (value: string): boolean => /^https?:\/\//i.test(value) && URL.canParse(value);

/** Whether a text is an origin in the form in which browsers send it. */
export const isOrigin = (value: string): boolean => isHttpUrl(value) && new URL(value).origin === value;

/**
 * Whether secrets may be sent to a URL, and its answers trusted: https, or http on this host or a host that the
 * operator trusts.
 *
 * @param plainHosts the trusted hosts, in lower case
 */
export function isTrustedUrl(value: string, plainHosts: readonly string[]): boolean {
  if (!isHttpUrl(value) || hasUserInfo(value) || value.includes('#')) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || LOOPBACK.test(hostname) || plainHosts.includes(hostname);
}

/** The host of a URL that is reached over a network without encryption; undefined for other URLs. */
export function plainHostOf(value: string): string | undefined {
  if (!isHttpUrl(value)) return undefined;
  const { protocol, hostname } = new URL(value);
  return protocol === 'http:' && !LOOPBACK.test(hostname) ? hostname : undefined;
}

/** Whether a text is a host as in URLs, without a port. */
export const isHost = (value: string): boolean =>
  URL.canParse(`http://${value}/`) && new URL(`http://${value}/`).host === value.toLowerCase();

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function hasUserInfo(value: string): boolean {
  const { username, password } = new URL(value);
  return username !== '' || password !== '';
}

/** A percent-encoded text, decoded; undefined if it is not valid. */
export function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
