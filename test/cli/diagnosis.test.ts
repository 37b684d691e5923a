import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm } from '../support/running.ts';

let service: HostedService;

beforeAll(async () => {
  service = await startHosted();
});
afterAll(async () => {
  await service.stop();
});

/** A token with these claims, signed by a key that the service does not know. */
function foreign(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: 'admin', ...claims })}`;
  return `${signed}.${createHmac('sha256', 'another key').update(signed).digest('base64url')}`;
}

const listAdmins = (server: string, token: string) =>
  runWarm(['sudo', 'listAdmins'], service.folder, { STEWARD_SERVER: server, STEWARD_TOKEN: token });

it.each([
  ['is no token', 'no token', 'it is no JSON Web Token'],
  ['has expired', foreign({ exp: 1_700_000_000 }), 'it expired at 2023-11-14T22:13:20.000Z'],
  ['is not valid yet', foreign({ nbf: 4_000_000_000 }), 'it is not valid before 2096-10-02T07:06:40.000Z'],
  [
    'comes from elsewhere',
    foreign({ iss: 'https://elsewhere.example.org' }),
    'it was not signed by the key of this service, or its issuer https://elsewhere.example.org is not trusted',
  ],
])('says that a token %s, and what to do', async (_, token, cause) => {
  const { code, stdout, stderr } = await listAdmins(service.url, token);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  const [first, next] = stderr.split('\n');
  expect(first).toBe(`steward: The service refused the token: ${cause} (token_invalid)`);
  expect(next).toContain('steward login');
  expect(stderr).not.toContain(token);
});

it('says that nothing listens at the address, and how to start the service', async () => {
  await using server = await startLoopback(() => undefined);
  await server.stop();
  const { code, stderr } = await listAdmins(server.url, 'token');
  expect(code).toBe(6);
  expect(stderr).toMatch(/^steward: http.* was not reached.*: nothing listens there \(connection\)$/m);
  expect(stderr).toContain('Start it with steward serve, or name another address with --server URL');
});

it('says that a server does not speak TLS', async () => {
  const { code, stderr } = await listAdmins(service.url.replace('http:', 'https:'), 'token');
  expect(code).toBe(6);
  expect(stderr).toContain('it does not speak TLS');
  expect(stderr).toContain('Use http:// in --server URL');
});

it('says that something else answers at the address', async () => {
  await using server = await startLoopback((_, response) => {
    response.statusCode = 404;
    response.end('<html>');
  });
  const { code, stderr } = await listAdmins(server.url, 'token');
  expect(code).toBe(6);
  expect(stderr).toContain('is not Steward (HTTP 404)');
  expect(stderr).toContain('Check the address');
});
