import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../../src/base/config/describe.ts';
import { loadConfig } from '../../../src/base/config/load.ts';
import { configErrorOf, temporaryFiles } from './files.ts';

const write = temporaryFiles();
const load = (lines: string, env: NodeJS.ProcessEnv = {}) =>
  loadConfig({ file: write('deploy.cfg', `[Workspace]\n${lines}`), env });

describe('without any configuration', () => {
  it('the defaults give an embedded service with the administrator admin', () => {
    const { config, secrets, warnings, source } = loadConfig({ env: {} });
    expect(config).toEqual({
      port: 7058,
      'server-workers': '1',
      'worker-timeout-seconds': 30,
      'listen-address': '127.0.0.1',
      'ws-admin': ['admin'],
      'auth2-ws-admin-read-only-roles': [],
      'auth2-ws-admin-full-roles': [],
      'data-dir': 'data',
      'mongodb-database': 'steward',
      'mongodb-retrywrites': true,
      'change-ownership-of-changed-user-ids': false,
      'trusted-proxies': [],
      'plain-http-hosts': [],
      'cors-origins': [],
      console: true,
      'audit-witness-urls': [],
      'audit-witness-keys': [],
      'audit-earlier-keys': [],
      'typespec-copy-sources': [],
      'dont-trust-x-ip-headers': false,
      'max-body-bytes': 1_005_000_000,
      'max-anonymous-body-bytes': 1_048_576,
      'max-memory-body-bytes': 67_108_864,
      'max-held-body-bytes': 268_435_456,
      'max-held-answer-bytes': 268_435_456,
      'max-spool-bytes': 17_179_869_184,
      'max-spool-bytes-per-caller': 6_442_450_944,
      'body-grace-seconds': 15,
      'call-deadline-seconds': 30,
      'min-body-bytes-per-second': 1_024,
      'max-calls': 96,
      'max-calls-per-caller': 32,
      'max-writes-per-caller': 8,
      'max-anonymous-calls': 16,
      'max-anonymous-calls-per-address': 8,
      'log-level': 'info',
      'session-hours': 12,
      'webauthn-origins': [],
      'ticket-minutes': 10,
      'ticket-auth-age-seconds': 300,
      'ticket-acr': [],
      'ticket-amr': [],
      'shutdown-grace-seconds': 30,
      'linked-accounts': [],
      'job-days': 400,
      'approval-hours': 24,
      'break-glass-minutes': 15,
    });
    expect([secrets, warnings, source]).toEqual([{}, [], undefined]);
  });

  it('the settings cannot be changed afterwards', () => {
    const { config } = loadConfig({ env: {} });
    expect(() => config['ws-admin'].push('me')).toThrow(TypeError);
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe('change-ownership-of-changed-user-ids', () => {
  it.each([
    ['', {}, false],
    ['change-ownership-of-changed-user-ids = true', {}, true],
    ['', { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'true' }, true],
    ['', { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: '' }, false],
    ['', { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'false' }, false],
    ['change-ownership-of-changed-user-ids = false', { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'true' }, true],
    [
      '',
      { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'true', STEWARD_CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'false' },
      false,
    ],
  ])('%j with %j is %s', (lines, env, expected) => {
    expect(load(lines, env).config['change-ownership-of-changed-user-ids']).toBe(expected);
  });

  it('is refused with another value, by the name of the variable', () => {
    expect(() => load('', { CHANGE_OWNERSHIP_OF_CHANGED_USER_IDS: 'yes' })).toThrow(/CHANGE_OWNERSHIP_OF_CHANGED/);
  });
});

describe('ws-admin', () => {
  it.each([
    ['absent', '', ['admin']],
    ['absent with mongodb-host', 'mongodb-host = db', []],
    ['absent with auth2-service-url', 'auth2-service-url = https://auth.example.org', []],
    ['absent with auth-jwks-url', 'auth-jwks-url = https://auth.example.org/keys', []],
    ['empty', 'ws-admin =', []],
    ['a list', 'ws-admin = a.b@c , id:https://x/1,a.b@c,', ['a.b@c', 'id:https://x/1']],
    ['a list with mongodb-host', 'mongodb-host = db\nws-admin = x', ['x']],
  ])('%s', (_case, lines, expected) => expect(load(lines).config['ws-admin']).toEqual(expected));

  it('an empty variable empties the list from the file', () => {
    expect(load('ws-admin = x', { STEWARD_WS_ADMIN: '' }).config['ws-admin']).toEqual([]);
  });
});

describe('the file', () => {
  const a = write('a.cfg', '[Workspace]\nport = 1');
  const b = write('b.cfg', '[Workspace]\nport = 2');
  const c = write('c.cfg', '[Workspace]\nport = 3\n[Other]\nport = 4');

  it.each([
    ['--config first', a, { STEWARD_CONFIG: b, KB_DEPLOYMENT_CONFIG: c }, 1],
    ['then STEWARD_CONFIG', undefined, { STEWARD_CONFIG: b, KB_DEPLOYMENT_CONFIG: c }, 2],
    ['then KB_DEPLOYMENT_CONFIG', undefined, { KB_DEPLOYMENT_CONFIG: c }, 3],
    ['in the section that KB_SERVICE_NAME names', undefined, { KB_DEPLOYMENT_CONFIG: c, KB_SERVICE_NAME: 'Other' }, 4],
    ['an empty variable names nothing', undefined, { STEWARD_CONFIG: '', KB_DEPLOYMENT_CONFIG: '' }, 7058],
  ])('%s', (_case, file, env, port) => {
    expect(loadConfig({ ...(file === undefined ? {} : { file }), env }).config.port).toBe(port);
  });

  it('an empty value leaves the default', () => {
    expect(load('port =\nmongodb-user =\nlog-level=').config).toEqual(loadConfig({ env: {} }).config);
  });

  it('a repeated key is a warning, and only in the section that is used', () => {
    const file = write('twice.cfg', '[Workspace]\nport = 1\n[Other]\nx = 1\nx = 2\n[Workspace]\nport = 2\n');
    const { config, warnings } = loadConfig({ file, env: {} });
    expect(config.port).toBe(2);
    expect(warnings).toEqual([`${file}:7: port: the key stands in line 2 too; this, the last one, counts`]);
  });

  it.each([
    ['dont_trust_x_ip_headers = true', true],
    ['dont_trust_x_ip_headers = true\ndont-trust-x-ip-headers = false', true],
    ['dont-trust-x-ip-headers = true\ndont_trust_x_ip_headers = false', true],
    ['dont_trust_x_ip_headers = false', false],
  ])('%s', (lines, expected) => expect(load(lines).config['dont-trust-x-ip-headers']).toBe(expected));
});

describe('the environment', () => {
  it('takes precedence over the file, key by key', () => {
    const env = { STEWARD_PORT: ' 9 ', STEWARD_DONT_TRUST_X_IP_HEADERS: 'true', STEWARD_WS_ADMIN: 'x, y' };
    const { config } = load('port = 8\nlog-level = warn', env);
    expect(config.port).toBe(9);
    expect(config['dont-trust-x-ip-headers']).toBe(true);
    expect(config['ws-admin']).toEqual(['x', 'y']);
    expect(config['log-level']).toBe('warn');
  });

  it('an empty variable keeps the value from the file', () => {
    expect(load('port = 8', { STEWARD_PORT: '' }).config.port).toBe(8);
  });

  it('accepts the variables that are not keys', () => {
    const env = { STEWARD_SERVER: 'x', STEWARD_TOKEN: 'x', STEWARD_TEST_LONG: '1', HOME: '/', PORT: 'x' };
    expect(loadConfig({ env }).config.port).toBe(7058);
  });

  it('ignores the variables that Kubernetes adds for a service of the same name', () => {
    const env = {
      STEWARD_SERVICE_HOST: '10.0.0.1',
      STEWARD_SERVICE_PORT: '7058',
      STEWARD_SERVICE_PORT_HTTP: '7058',
      STEWARD_PORT: 'tcp://10.0.0.1:7058',
      STEWARD_PORT_7058_TCP: 'tcp://10.0.0.1:7058',
      STEWARD_PORT_7058_TCP_PROTO: 'tcp',
      STEWARD_PORT_7058_TCP_PORT: '7058',
      STEWARD_PORT_7058_TCP_ADDR: '10.0.0.1',
    };
    expect(loadConfig({ env }).config.port).toBe(7058);
  });
});

describe('describeConfig', () => {
  it('shows each setting with its origin, and masks secrets', () => {
    const host = 'mongodb://kim:hunter2@h1:1,h2/?replicaSet=rs0&tlsCertificateKeyFilePassword=hunter2';
    const loaded = load(`mongodb-host = ${host}\nport = 1\nauth-jwt-issuer = a\\u2028b`, { STEWARD_LOG_LEVEL: 'warn' });
    const lines = describeConfig(loaded);
    expect(lines).toContain(`port = 1 (from ${loaded.source}:3)`);
    expect(lines).toContain('log-level = warn (from environment STEWARD_LOG_LEVEL)');
    expect(lines).toContain('ws-admin = none (default)');
    expect(lines).toContain('data-dir = data (default)');
    expect(lines).toContain('mongodb-user is not set');
    expect(lines).toContain(
      `mongodb-host = mongodb://kim:******@h1:1,h2/?replicaSet=rs0&tlsCertificateKeyFilePassword=****** (from ${loaded.source}:2)`,
    );
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(lines.join('')).not.toMatch(/[\n\u2028]/);
  });

  it('distinguishes an empty list that was set from an empty value', () => {
    const loaded = load('ws-admin =\nport =');
    expect(describeConfig(loaded)).toContain(`ws-admin = none (from ${loaded.source}:2)`);
    expect(describeConfig(loaded)).toContain('port = 7058 (default)');
  });

  it('masks mongodb-pwd', () => {
    const loaded = load('mongodb-host = db\nmongodb-user = kim', { STEWARD_MONGODB_PWD: ' hunter2 ' });
    expect(loaded.config['mongodb-pwd']).toBe(' hunter2 ');
    expect(describeConfig(loaded)).toContain('mongodb-pwd = ****** (from environment STEWARD_MONGODB_PWD)');
  });
});

it('a ConfigError lists all problems, one on each line, in the order of the file', () => {
  const error = configErrorOf(() => load('prot = 1\nport = x\nws-admn = y\nlog-level = loud', { STEWARD_PROT: '1' }));
  const file = error.problems[0]?.file;
  expect(error.message.split('\n')).toEqual([
    `${file}:2: prot: there is no such key; did you mean port?`,
    `${file}:3: port: "x" is not valid; it must be a whole number from 0 to 65535`,
    `${file}:4: ws-admn: there is no such key; did you mean ws-admin?`,
    `${file}:5: log-level: "loud" is not valid; it must be one of error, warn, info, debug`,
    'environment variable STEWARD_PROT: there is no such variable; did you mean STEWARD_PORT?',
  ]);
});

it('a line break in a key or a value never breaks a message', () => {
  const { message, problems } = configErrorOf(() => load('a\\nb = 1\nlog-level = x\\u2028\\u0085\\ny'));
  expect(message.split(/[\n\r\u0085\u2028]/)).toHaveLength(problems.length);
});

it('mongodb-user without mongodb-host is a warning, since nothing uses it', () => {
  const { warnings, source } = load('mongodb-user = kim\nmongodb-pwd = hunter2');
  expect(warnings).toEqual([
    `${source}:2: mongodb-user: it has no effect without mongodb-host: the embedded MongoDB is reached without it`,
  ]);
});

it.each(['https://auth.example.org/services/auth', 'http://localhost:8080', 'http://127.0.0.2/', 'http://[::1]:8080'])(
  'auth2-service-url may be %s',
  (url) => expect(load(`auth2-service-url = ${url}`).config['auth2-service-url']).toBe(url),
);

it('settings for signed tokens are warnings if there are no signed tokens', () => {
  const both = 'auth-jwt-issuer = a\nauth-jwt-audience = b';
  const { warnings, source } = load(`auth2-service-url = https://x\n${both}`);
  const text = 'it has no effect without a key for JSON Web Tokens: all tokens come from the KBase auth service';
  expect(warnings).toEqual([`${source}:3: auth-jwt-issuer: ${text}`, `${source}:4: auth-jwt-audience: ${text}`]);
  expect(load(both).warnings).toEqual([]);
  const key = write('secret', 'correct horse battery staple 0123456789');
  expect(load(`auth2-service-url = https://x\nauth-jwt-secret-file = ${key}\n${both}`).warnings).toEqual([]);
});

it('trusted-proxies takes addresses and networks, with a warning if they are all addresses or have no effect', () => {
  const { config, warnings } = load('trusted-proxies = 10.0.0.5, 192.168.0.0/16,2001:db8::/32, ::1');
  expect(config['trusted-proxies']).toEqual(['10.0.0.5', '192.168.0.0/16', '2001:db8::/32', '::1']);
  expect(warnings).toEqual([]);
  const all = load('trusted-proxies = 10.0.0.5, 0.0.0.0/0');
  expect(all.warnings).toEqual([
    `${all.source}:2: trusted-proxies: 0.0.0.0/0 is every address: whoever reaches the service can make up where a call comes from`,
  ]);
  const idle = load('trusted-proxies = 10.0.0.5\ndont_trust_x_ip_headers = true');
  expect(idle.warnings).toEqual([
    `${idle.source}:2: trusted-proxies: it has no effect with dont-trust-x-ip-headers = true: the headers of no proxy are believed`,
  ]);
});

describe('a service that is reached with plain http', () => {
  const compose = 'mongodb-host = ci-mongo\nauth2-service-url = http://auth2:8080/testmode/';
  const refusal = (text: string) => {
    try {
      load(text);
    } catch (error) {
      return (error as Error).message;
    }
    return 'was accepted';
  };

  it("is accepted with a warning if its host is named, as KBase's own docker-compose needs it", () => {
    const { config, warnings, source } = load(`${compose}\nplain-http-hosts = other.example.org, Auth2`);
    expect(config['auth2-service-url']).toBe('http://auth2:8080/testmode/');
    expect(warnings).toContain(
      `${source}:3: auth2-service-url: what is sent to auth2 can be read and changed on the way, tokens too`,
    );
  });

  it('is refused otherwise, and the message names the key', () => {
    expect(refusal(compose)).toContain('allow http to it with plain-http-hosts = auth2');
    expect(refusal('type-delegation-target = http://types:81/')).toContain('plain-http-hosts = types');
    expect(refusal('typespec-copy-sources = https://x/, http://10.0.0.5/')).toContain('plain-http-hosts = 10.0.0.5');
    expect(refusal('auth-jwks-url = http://keys/')).toContain('plain-http-hosts = keys');
  });

  it('is refused on any other host, and for other faults', () => {
    for (const host of ['auth', 'auth2.example.org', 'xauth2', 'auth2:8080', '*', 'http://auth2']) {
      expect(refusal(`${compose}\nplain-http-hosts = ${host}`), host).toContain('is not valid');
    }
    for (const url of ['http://me:secret@auth2/', 'ftp://auth2/', 'http://auth2/?x']) {
      const said = refusal(`auth2-service-url = ${url}\nplain-http-hosts = auth2`);
      expect(said, url).toContain('not valid');
      expect(said, url).not.toContain('allow http to it');
    }
  });
});

it('cors-origins takes origins as browsers send them', () => {
  const { config } = load('cors-origins = https://portal.example.org,http://localhost:3000');
  expect(config['cors-origins']).toEqual(['https://portal.example.org', 'http://localhost:3000']);
});

it('published keys whose tokens may be for other services are a warning', () => {
  const url = 'auth-jwks-url = https://x/keys?p=1';
  const text = (what: string) =>
    `auth-jwks-url: ${what} not set: tokens that these keys sign for other services are taken too`;
  const { warnings, source, config } = load(url);
  expect(config['auth-jwks-url']).toBe('https://x/keys?p=1');
  expect(warnings).toEqual([`${source}:2: ${text('auth-jwt-issuer and auth-jwt-audience are')}`]);
  expect(load(`${url}\nauth-jwt-issuer = a`).warnings).toEqual([`${source}:2: ${text('auth-jwt-audience is')}`]);
  expect(load(`${url}\nauth-jwt-issuer = a\nauth-jwt-audience = b`).warnings).toEqual([]);
});
