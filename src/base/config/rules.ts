import { isIP } from 'node:net';
import { isNetwork } from '../addresses.ts';
import { hasUserInfo, isHost, isHttpUrl, isOrigin, isTrustedUrl, plainHostOf } from '../urls.ts';
import { configSchema, isSecret, type Key } from './keys.ts';
import { mongodbHostProblem } from './mongodbHost.ts';
import { quoted } from './problems.ts';

/** The message "VALUE is not valid; it must be …". */
export function refusal(key: Key, value: unknown): string {
  return `${isShowable(key, value) ? quoted(String(value)) : 'the value'} is not valid; it must be ${expected(key)}`;
}

/** Checks what the schema cannot express, for a value or one entry of a list; undefined if it is valid. */
export function ruleViolation(key: Key, value: string, plainHosts: readonly string[]): string | undefined {
  const trusted = (url: string) => (isTrustedUrl(url, plainHosts) ? undefined : untrusted(key, url));
  switch (key) {
    case 'listen-address':
      return isListenAddress(value) ? undefined : refusal(key, value);
    case 'mongodb-host': {
      const wrong = mongodbHostProblem(value);
      return wrong && `the value is not valid, ${wrong}; it must be ${expected(key)}`;
    }
    case 'typespec-copy-sources':
      return trusted(value);
    case 'audit-witness-urls':
      return isPlainUrl(value) ? undefined : refusal(key, value);
    case 'service-url':
    case 'type-delegation-target':
      if (!isHttpUrl(value)) return refusal(key, value);
      if (hasUserInfo(value)) return 'the URL must not contain a user name or a password, since callers see it';
      return key === 'service-url' ? undefined : trusted(value);
    case 'auth2-service-url':
      return value.includes('?') ? refusal(key, value) : trusted(value);
    case 'auth-jwks-url':
      return trusted(value);
    case 'webauthn-rp-id':
    case 'plain-http-hosts':
      return isHost(value) ? undefined : refusal(key, value);
    case 'smtp-url':
      return isSmtpUrl(value) ? undefined : refusal(key, value);
    case 'trusted-proxies':
      return isNetwork(value) ? undefined : refusal(key, value);
    case 'cors-origins':
    case 'webauthn-origins':
      return isOrigin(value) ? undefined : refusal(key, value);
    case 'auth-jwt-issuer':
      return RESERVED_ISSUERS.get(value);
    default:
      return undefined;
  }
}

/** As {@link refusal}; if only https is missing, with advice how to allow http to the host. */
function untrusted(key: Key, url: string): string {
  const host = plainHostOf(url);
  const lacksOnlyHttps = host !== undefined && isTrustedUrl(url, [host]);
  const advice = `; where only a network of your own lies between, allow http to it with plain-http-hosts = ${host}`;
  return `${refusal(key, url)}${lacksOnlyHttps ? advice : ''}`;
}

/** Issuers of other identities, which a token with one of these issuers could take over. */
const RESERVED_ISSUERS: ReadonlyMap<string, string> = new Map([
  ['kbase', 'kbase is the name of the KBase auth service as an issuer: use another'],
  ['steward-accounts', "steward-accounts is the name of this service's own accounts as an issuer: use another"],
]);

/**
 * False if the value is a secret, or may be one by mistake: a URL with a password, a key instead of its file's name.
 */
function isShowable(key: Key, value: unknown): boolean {
  if (isSecret(key) || key === 'mongodb-host' || key.endsWith('-file')) return false;
  return !(HTTP_URLS.has(key) && String(value).includes('@'));
}

const HTTP_URLS: ReadonlySet<Key> = new Set([
  'audit-witness-urls',
  'service-url',
  'type-delegation-target',
  'typespec-copy-sources',
  'auth2-service-url',
  'auth-jwks-url',
  'cors-origins',
]);

const HTTPS = 'https:// (http:// only to localhost, 127.0.0.1 or [::1]';

/** Descriptions of valid values, for keys whose schema does not tell enough. */
const EXPECTED: ReadonlyMap<Key, string> = new Map([
  ['server-workers', 'a whole number from 1 to 64, or auto'],
  ['linked-accounts', 'pairs of user names or id:ID, such as ann=ann-admin or id:12=id:34, with commas between them'],
  ['ws-admin', 'user names of 1 to 100 characters of A-Z a-z 0-9 _ . @ -, or id:SUBJECT, with commas between them'],
  ['trusted-proxies', 'IP addresses and networks, such as 10.0.0.5, 10.0.0.0/8, 2001:db8::/32'],
  ['plain-http-hosts', 'names or addresses of hosts, without http:// and a port, such as auth2, 10.0.0.5'],
  [
    'cors-origins',
    'origins as browsers send them, such as https://portal.example.org or http://localhost:3000: no path, and no *',
  ],
  ['webauthn-rp-id', 'a domain, such as steward.example.org or localhost, without https:// and a port'],
  ['webauthn-origins', 'origins as browsers send them, such as https://steward.example.org: no path, and no *'],
  ['listen-address', 'an IP address or a host name, without a port (that is the key port)'],
  [
    'mongodb-database',
    'a database name: 1 to 63 ASCII characters without / \\ . " $ * < > : | ? or a space, and not admin, config or local',
  ],
  ['mongodb-host', 'such as localhost:27017, or host1:27017,host2:27017, or mongodb://host/'],
  ['service-url', 'a URL that starts with http:// or https://, of at most 2000 characters'],
  [
    'type-delegation-target',
    `a URL that starts with ${HTTPS}, since tokens travel in it), without user, password and #`,
  ],
  ['typespec-copy-sources', `URLs that start with ${HTTPS}), without user, password and #`],
  ['audit-witness-urls', 'URLs that start with http:// or https://, without user, password, ? and #'],
  ['audit-witness-keys', 'public keys of witnesses, as steward witness prints them, with commas between them'],
  ['audit-earlier-keys', 'public keys of the audit log, as GET /audit/key shows them, with commas between them'],
  ['auth2-service-url', `a URL that starts with ${HTTPS}, since tokens travel in it), without user, password, ? and #`],
  ['smtp-url', 'such as smtp://mail.example.org:587 or smtps://USER:PASSWORD@mail.example.org:465'],
  ['smtp-from', 'an e-mail address, alone or as Name <address>'],
  ['auth-jwks-url', `a URL that starts with ${HTTPS}, since its keys are trusted), without user, password and #`],
]);

function expected(key: Key): string {
  const { type, minimum, maximum, enum: values, pattern, maxLength } = configSchema.properties[key];
  const special = EXPECTED.get(key);
  if (special !== undefined) return special;
  if (values !== undefined) return `one of ${values.join(', ')}`;
  if (type === 'integer') return `a whole number from ${minimum} to ${maximum}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'array') return 'names of at most 250 characters, with commas between them';
  if (pattern === undefined) return `of at most ${maxLength} characters`;
  return `of at most ${maxLength} characters, none a control character (a backslash is written \\\\ in the file)`;
}

/** What is sent to a witness is public, and its answer is signed. */
const isPlainUrl = (value: string) => isHttpUrl(value) && !hasUserInfo(value) && !/[?#]/.test(value);

function isListenAddress(value: string): boolean {
  const looksNumeric = /[:%]/.test(value) || /^[\d.]+$/.test(value);
  return !looksNumeric || isIP(value) !== 0;
}

function isSmtpUrl(value: string): boolean {
  return /^smtps?:\/\//i.test(value) && URL.canParse(value) && new URL(value).hostname !== '';
}
