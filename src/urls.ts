export const isHttpUrl = (value: string): boolean => /^https?:\/\//i.test(value) && URL.canParse(value);

/** An origin in the form in which browsers send it. */
export const isOrigin = (value: string): boolean => isHttpUrl(value) && new URL(value).origin === value;

/** A URL to which secrets may be sent, and whose answers may be believed: https, or http on this host. */
export function isTrustedUrl(value: string): boolean {
  if (!isHttpUrl(value) || holdsAccount(value) || value.includes('#')) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || LOOPBACK.test(hostname);
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function holdsAccount(value: string): boolean {
  const { username, password } = new URL(value);
  return username !== '' || password !== '';
}
