import { expect, it } from 'vitest';
import { jwkOf, namedKey, signedBy, startKeyServer } from '../support/keyServer.ts';
import { LONG } from '../support/long.ts';
import { onSharedMongod, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

it('a service of published keys answers who holds a token of them, and starts with those published by then', async () => {
  const [first, second] = [namedKey('first', 'RS256'), namedKey('second', 'EdDSA')];
  await using keys = await startKeyServer(jwkOf(first));
  await using folder = await serviceFolder();
  const env = {
    ...onSharedMongod(),
    STEWARD_AUTH_JWKS_URL: keys.url,
    STEWARD_AUTH_JWT_ISSUER: 'https://issuer.example.org',
    STEWARD_AUTH_JWT_AUDIENCE: 'steward',
    STEWARD_WS_ADMIN: 'id:s-root',
  };
  const service = await startRunning(folder.path, env);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const claims = { sub: 's-root', preferred_username: 'root', iss: 'https://issuer.example.org', aud: 'steward', exp };
  const call = async (token: string) => {
    const body = JSON.stringify({ method: 'administer', params: [{ command: 'listAdmins' }] });
    const response = await fetch(service.url, { method: 'POST', headers: { authorization: token }, body });
    return (await response.json()) as { result?: unknown; error?: { data: string } };
  };
  expect((await call(signedBy(first, claims))).result).toEqual([['root']]);
  expect((await call(signedBy(second, claims))).error?.data).toBe('token_invalid');
  expect((await call(signedBy(first, { ...claims, aud: 'other' }))).error?.data).toBe('token_invalid');
  const { code, stderr } = await runWarm(['token', 'root'], folder.path, env);
  expect([code, stderr]).toEqual([2, expect.stringContaining('auth-jwks-url')]);
  expect(await service.end('SIGTERM')).toBe(0);

  keys.publish(jwkOf(second));
  if (LONG) {
    const again = await startRunning(folder.path, env);
    const body = JSON.stringify({ method: 'administer', params: [{ command: 'listAdmins' }] });
    const headers = { authorization: signedBy(second, claims) };
    expect(await (await fetch(again.url, { method: 'POST', headers, body })).json()).toMatchObject({
      result: [['root']],
    });
    expect(await again.end('SIGTERM')).toBe(0);
  }

  await keys.stop();
  const refused = await runWarm(['serve'], folder.path, { ...env, STEWARD_PORT: '0' });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`steward: auth-jwks-url: ${keys.url} is not usable: the connection was refused`),
  ]);
});
