import { percentDecoded } from '../urls.ts';
import type { Config } from './keys.ts';

/**
 * What is wrong with a `mongodb-host`, which is a list of hosts or a mongodb:// or mongodb+srv:// URI; undefined if it
 * is valid. The message never quotes the value, which may contain a password even if it is not a valid URI.
 */
export function mongodbHostProblem(value: string): string | undefined {
  const scheme = /^(mongodb(?:\+srv)?):\/\//.exec(value)?.[1];
  if (scheme === undefined) {
    if (!/[/@]/.test(value)) return hostsProblem(value.split(','));
    return 'it is no list of host:port, and no URI that starts with mongodb:// or mongodb+srv://';
  }
  const [, authority = '', path = ''] = /^([^/?]*)([^?]*)/.exec(value.slice(scheme.length + '://'.length)) ?? [];
  const at = authority.lastIndexOf('@');
  if (path.includes('@') || (at >= 0 && !isUserInfo(authority.slice(0, at)))) return UNESCAPED_CREDENTIALS;
  const hosts = authority.slice(at + 1).split(',');
  if (scheme === 'mongodb') return hostsProblem(hosts.map((host) => percentDecoded(host) ?? host));
  return hosts.length === 1 && /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(hosts[0] ?? '')
    ? undefined
    : 'a mongodb+srv:// URI names exactly one domain, without a port';
}

export function hasCredentials(mongodbHost: string): boolean {
  return /^mongodb(?:\+srv)?:\/\/[^/?]*@/.test(mongodbHost);
}

/** The value without the password and without secret options. */
export function maskedMongodbHost(value: string): string {
  return value
    .replace(/^([a-z+]+:\/\/[^:@]*):.*@/, '$1:******@')
    .replace(/([?&][^=&]*(?:password|token|properties)[^=&]*=)[^&]*/gi, '$1******');
}

export function databaseSettings(config: Config) {
  const host = config['mongodb-host'];
  return {
    uri: host === undefined ? undefined : mongodbUri(host, config['mongodb-retrywrites']),
    database: config['mongodb-database'],
    user: config['mongodb-user'],
    password: config['mongodb-pwd'],
    dataDir: config['data-dir'],
  };
}

/** A `mongodb-host` as a URI for the driver. retryWrites in the URI itself takes precedence. */
export function mongodbUri(mongodbHost: string, retryWrites: boolean): string {
  let uri = mongodbHost;
  if (!/^mongodb(\+srv)?:\/\//.test(uri)) {
    uri = `mongodb://${uri
      .split(',')
      .map((host) => host.trim())
      .join(',')}/`;
  }
  if (retryWrites || /[?&]retryWrites=/i.test(uri)) return uri;
  if (uri.includes('?')) return `${uri}&retryWrites=false`;
  return `${uri}${/^[a-z+]+:\/\/[^/]*$/.test(uri) ? '/' : ''}?retryWrites=false`;
}

const UNESCAPED_CREDENTIALS =
  'the user name and password in the URI must be percent-encoded (@ is %40, : is %3A, / is %2F), ' +
  'or be given as mongodb-user and mongodb-pwd';

function isUserInfo(text: string): boolean {
  const parts = text.split(':');
  return (
    parts.length <= 2 && parts[0] !== '' && parts.every((p) => !p.includes('@') && percentDecoded(p) !== undefined)
  );
}

function hostsProblem(hosts: readonly string[]): string | undefined {
  const index = hosts.findIndex((host) => !isHostAndPort(host.trim()));
  if (index < 0) return undefined;
  return `its ${hosts.length === 1 ? 'host' : `host number ${index + 1}`} is not valid`;
}

function isHostAndPort(text: string): boolean {
  if (/^\/.+\.sock$/.test(text)) return true;
  const match = /^(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return false;
  const port = match[1] === undefined ? undefined : Number(match[1]);
  return port === undefined || (port >= 1 && port <= 65_535);
}
