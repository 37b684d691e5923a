import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { configErrorOf, problemsOf, temporaryFiles } from './files.ts';

const write = temporaryFiles();

/** A value that must not appear in any message. */
const SECRET = 'hunter2';

describe('an invalid setting is refused with file, line, key and what would be valid', () => {
  const adminNames = 'user names of 1 to 100 characters';
  it.each<[lines: string, line: number, key: string | undefined, text: string]>([
    ['port = 70000', 2, 'port', '"70000" is not valid; it must be a whole number from 0 to 65535'],
    ['\n; c\nport = -1', 4, 'port', 'from 0 to 65535'],
    ['port = 0x10', 2, 'port', '"0x10" is not valid'],
    ['port = 1e3', 2, 'port', '"1e3" is not valid'],
    ['port = 80.0', 2, 'port', '"80.0" is not valid'],
    ['ws-admin = kim, no body', 2, 'ws-admin', `"no body" is not valid; it must be ${adminNames}`],
    ['ws-admin = id:', 2, 'ws-admin', '"id:" is not valid'],
    ['ws-admin = ok,\\\n  jürgen', 2, 'ws-admin', '"jürgen" is not valid'],
    [`ws-admin = ${'x'.repeat(101)}`, 2, 'ws-admin', adminNames],
    ['listen-address = 127.0.0.1:7058', 2, 'listen-address', 'without a port'],
    ['listen-address = 300.1.1.1', 2, 'listen-address', 'an IP address or a host name'],
    ['listen-address = a b', 2, 'listen-address', '"a b" is not valid'],
    ['listen-address = [::1]', 2, 'listen-address', 'an IP address or a host name'],
    ['mongodb-database = a.b', 2, 'mongodb-database', '"a.b" is not valid; it must be a database name'],
    ['mongodb-database = admin', 2, 'mongodb-database', 'not admin, config or local'],
    [`mongodb-database = ${'d'.repeat(64)}`, 2, 'mongodb-database', '1 to 63'],
    [
      'mongodb-host = h1:1,h2:x',
      2,
      'mongodb-host',
      'its host number 2 is not valid; it must be such as localhost:27017',
    ],
    ['mongodb-host = h:70000', 2, 'mongodb-host', 'its host is not valid'],
    ['mongodb-host = h1,,h2', 2, 'mongodb-host', 'its host number 2 is not valid'],
    ['mongodb-host = http://h', 2, 'mongodb-host', 'no URI that starts with mongodb://'],
    ['mongodb-host = mongodb://', 2, 'mongodb-host', 'its host is not valid'],
    ['mongodb-host = mongodb+srv://h.example.org:1', 2, 'mongodb-host', 'without a port'],
    ['mongodb-host = mongodb+srv://a.b.org,c.d.org', 2, 'mongodb-host', 'exactly one domain'],
    [`mongodb-host = mongodb://kim:${SECRET}@x@h`, 2, 'mongodb-host', 'must be percent-encoded'],
    [`mongodb-host = mongodb://kim:a/${SECRET}@h`, 2, 'mongodb-host', 'must be percent-encoded'],
    [`mongodb-host = mongodb://kim:${SECRET}`, 2, 'mongodb-host', 'its host is not valid'],
    [`mongodb-host = kim:${SECRET}@h`, 2, 'mongodb-host', 'no list of host:port'],
    [`mongodb-host = kim:${SECRET}`, 2, 'mongodb-host', 'its host is not valid'],
    ['mongodb-host = h\nmongodb-user = kim', 3, 'mongodb-user', 'mongodb-pwd is missing: set both or neither'],
    [`mongodb-host = h\nmongodb-pwd = ${SECRET}`, 3, 'mongodb-pwd', 'mongodb-user is missing: set both or neither'],
    [
      `mongodb-host = mongodb://kim:${SECRET}@h\nmongodb-user = kim\nmongodb-pwd = ${SECRET}`,
      3,
      'mongodb-user',
      'name it in one place only',
    ],
    ['mongodb-user = a\\tb\nmongodb-pwd = x', 2, 'mongodb-user', 'none a control character'],
    ['mongodb-retrywrites = yes', 2, 'mongodb-retrywrites', '"yes" is not valid; it must be true or false'],
    [
      'trusted-proxies = 10.0.0.1, proxy.example.org',
      2,
      'trusted-proxies',
      '"proxy.example.org" is not valid; it must be IP',
    ],
    ['trusted-proxies = 10.0.0.1, 10.0.0.0/33', 2, 'trusted-proxies', '"10.0.0.0/33" is not valid'],
    [
      'typespec-copy-sources = https://x/, http://example.org/',
      2,
      'typespec-copy-sources',
      'URLs that start with https',
    ],
    [`typespec-copy-sources = https://kim:${SECRET}@x/`, 2, 'typespec-copy-sources', 'the value is not valid'],
    ['audit-witness-urls = https://x/?a=1', 2, 'audit-witness-urls', 'URLs that start with http'],
    [`audit-witness-urls = https://kim:${SECRET}@x/`, 2, 'audit-witness-urls', 'the value is not valid'],
    ['audit-witness-keys = w+12345678+AAAA', 2, 'audit-witness-keys', 'public keys of witnesses'],
    ['trusted-proxies = 10.1', 2, 'trusted-proxies', '"10.1" is not valid'],
    ['cors-origins = *', 2, 'cors-origins', '"*" is not valid; it must be origins as browsers send them'],
    ['cors-origins = https://x/', 2, 'cors-origins', '"https://x/" is not valid'],
    ['cors-origins = https://X, null', 2, 'cors-origins', '"https://X" is not valid'],
    ['dont_trust_x_ip_headers = 1', 2, 'dont-trust-x-ip-headers', 'true or false'],
    [`auth2-ws-admin-full-roles = a,${'r'.repeat(251)}`, 2, 'auth2-ws-admin-full-roles', 'at most 250 characters'],
    ['service-url = steward.example.org', 2, 'service-url', 'a URL that starts with http:// or https://'],
    ['service-url = https://', 2, 'service-url', '"https://" is not valid'],
    ['type-delegation-target = ftp://x/', 2, 'type-delegation-target', 'starts with https://'],
    ['type-delegation-target = http://example.org/', 2, 'type-delegation-target', 'since tokens travel in it'],
    [`type-delegation-target = https://kim:${SECRET}@x/`, 2, 'type-delegation-target', 'must not contain a user name'],
    [`type-delegation-target = kim:${SECRET}@x`, 2, 'type-delegation-target', 'the value is not valid'],
    [
      'auth2-service-url = http://auth.example.org',
      2,
      'auth2-service-url',
      'a URL that starts with https:// (http:// only',
    ],
    ['auth2-service-url = http://127.0.0.1.example.org', 2, 'auth2-service-url', 'starts with https://'],
    ['auth2-service-url = http://10.0.0.1:8080/', 2, 'auth2-service-url', 'only to localhost, 127.0.0.1 or [::1]'],
    ['auth2-service-url = auth.example.org', 2, 'auth2-service-url', '"auth.example.org" is not valid'],
    ['auth2-service-url = https://auth.example.org/?a=b', 2, 'auth2-service-url', 'without user, password, ? and #'],
    [`auth2-service-url = https://kim:${SECRET}@x/`, 2, 'auth2-service-url', 'the value is not valid'],
    [`auth2-service-url = http://localhost@x.example.org/`, 2, 'auth2-service-url', 'the value is not valid'],
    [
      'auth-jwks-url = http://auth.example.org/keys',
      2,
      'auth-jwks-url',
      'a URL that starts with https:// (http:// only',
    ],
    [`auth-jwks-url = https://kim:${SECRET}@x/keys`, 2, 'auth-jwks-url', 'the value is not valid'],
    ['auth-jwks-url = https://x/keys#1', 2, 'auth-jwks-url', 'without user, password and #'],
    ['auth-jwks-url = file:///etc/keys', 2, 'auth-jwks-url', '"file:///etc/keys" is not valid'],
    ['auth-jwt-issuer = kbase', 2, 'auth-jwt-issuer', 'kbase is the name of the KBase auth service as an issuer'],
    ['max-body-bytes = 1023', 2, 'max-body-bytes', 'a whole number from 1024 to 1005000000'],
    ['max-body-bytes = 64 MiB', 2, 'max-body-bytes', '"64 MiB" is not valid'],
    ['log-level = INFO', 2, 'log-level', 'one of error, warn, info, debug'],
    ['shutdown-grace-seconds = 3601', 2, 'shutdown-grace-seconds', 'a whole number from 0 to 3600'],
    ['approval-hours = 169', 2, 'approval-hours', 'a whole number from 1 to 168'],
    ['break-glass-minutes = 61', 2, 'break-glass-minutes', 'a whole number from 1 to 60'],
    ['linked-accounts = ann', 2, 'linked-accounts', '"ann" is not valid'],
    ['data-dir = C:\\new', 2, 'data-dir', 'a backslash is written \\\\ in the file'],
    ['listen_adress = ::', 2, 'listen_adress', 'there is no such key; did you mean listen-address?'],
    ['WS-ADMIN = x', 2, 'WS-ADMIN', 'did you mean ws-admin?'],
    ['colour = x', 2, 'colour', 'there is no such key; deploy.cfg.example lists all'],
    ['__proto__ = x', 2, '__proto__', 'there is no such key'],
    ['constructor = x', 2, 'constructor', 'there is no such key'],
    [`port ${SECRET}`, 2, undefined, 'has no separator: write key = value'],
    [`auth-jwt-secret-file = ${SECRET}`, 2, 'auth-jwt-secret-file', 'there is no such file'],
    [`auth-jwt-secret-file = ${SECRET}\\tx`, 2, 'auth-jwt-secret-file', 'none a control character'],
    ['ws-admin = kim@x y', 2, 'ws-admin', '"kim@x y" is not valid'],
    ['auth-jwt-secret-file = /nowhere/x', 2, 'auth-jwt-secret-file', 'there is no such file'],
    ['auth-jwt-public-key-file = /', 2, 'auth-jwt-public-key-file', 'this is a folder, not a file'],
  ])('%s', (lines, line, key, text) => {
    const file = write('bad.cfg', `[Workspace]\n${lines}\n`);
    const error = configErrorOf(() => loadConfig({ file, env: {} }));
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({ file, line, ...(key === undefined ? {} : { key }) });
    expect(error.problems[0]?.text).toContain(text);
    expect(error.message.startsWith(`${file}:${line}: `)).toBe(true);
    expect(error.message).not.toContain(SECRET);
  });
});

it('an invalid password is not shown', () => {
  const env = { STEWARD_MONGODB_USER: 'kim', STEWARD_MONGODB_PWD: SECRET.repeat(2000) };
  const { message } = configErrorOf(() => loadConfig({ env }));
  expect(message).toBe(
    'environment variable STEWARD_MONGODB_PWD: mongodb-pwd: the value is not valid; it must be of at most 10000 characters',
  );
});

it('each invalid entry of a list is a problem of its own', () => {
  const problems = problemsOf(() => loadConfig({ env: { STEWARD_WS_ADMIN: 'a b,ok,c d' } }));
  expect(problems.map((p) => [p.variable, p.text.split(' is')[0]])).toEqual([
    ['STEWARD_WS_ADMIN', '"a b"'],
    ['STEWARD_WS_ADMIN', '"c d"'],
  ]);
});

describe('a file that cannot be used is refused', () => {
  const missing = '/nowhere/deploy.cfg';
  it.each<[what: string, file: string, line: number | undefined, text: string]>([
    ['missing', missing, undefined, 'there is no such file'],
    ['a folder', '/', undefined, 'this is a folder, not a file'],
    [
      'not UTF-8',
      write('latin.cfg', Uint8Array.of(0x5b, 0x57, 0x5d, 0x0a, 0xe9)),
      undefined,
      'the file is not UTF-8 text',
    ],
    [
      'without the section',
      write('other.cfg', '[A]\nx=1\n[B]\n'),
      undefined,
      'there is no section [Workspace], the file has [A], [B]',
    ],
    ['empty', write('empty.cfg', ''), undefined, 'the file has no section at all'],
    ['continued into nothing', write('eof.cfg', '[Workspace]\nport = 1\\'), 2, 'the line ends in a backslash'],
  ])('%s', (_what, file, line, text) => {
    const problems = problemsOf(() => loadConfig({ file, env: {} }));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.file).toBe(file);
    expect(problems[0]?.line).toBe(line);
    expect(problems[0]?.text).toContain(text);
  });

  it('the environment is checked all the same', () => {
    const problems = problemsOf(() =>
      loadConfig({ file: missing, env: { STEWARD_PORT: 'x', STEWARD_WS_ADMINS: 'y' } }),
    );
    expect(problems.map((p) => p.file ?? p.variable)).toEqual([missing, 'STEWARD_WS_ADMINS', 'STEWARD_PORT']);
    expect(problems[1]?.text).toBe('there is no such variable; did you mean STEWARD_WS_ADMIN?');
    expect(problems[2]?.key).toBe('port');
  });
});

it('an unusable key file is reported together with other problems', () => {
  const file = write('both.cfg', '[Workspace]\nauth-jwt-secret-file = /nowhere/x\nport = x\n');
  expect(problemsOf(() => loadConfig({ file, env: {} })).map((p) => p.line)).toEqual([2, 3]);
});
