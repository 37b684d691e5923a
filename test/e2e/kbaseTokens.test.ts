import { expect, it } from 'vitest';
import { startAuthServer, text } from '../support/kbaseAuth.ts';
import { onSharedMongod, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

it('a service of KBase tokens answers their bearers, prints none of them, and makes no key of its own', async () => {
  await using auth = await startAuthServer({ root: [], lolcats: [] });
  await using folder = await serviceFolder();
  const env = {
    ...onSharedMongod(),
    STEWARD_AUTH2_SERVICE_URL: `${auth.url}/`,
    STEWARD_WS_ADMIN: 'root',
    STEWARD_LOG_LEVEL: 'debug',
  };
  const service = await startRunning(folder.path, env);
  const call = async (token: string, command: object) => {
    const body = JSON.stringify({ version: '1.1', method: 'administer', params: [command], id: '1' });
    const response = await fetch(service.url, { method: 'POST', headers: { authorization: token }, body });
    return { status: response.status, ...((await response.json()) as object) };
  };
  expect(await call('tok-root', { command: 'addAdmin', user: 'lolcats' })).toMatchObject({ status: 200 });
  expect(await call('tok-lolcats', { command: 'listAdmins' })).toMatchObject({ result: [['root', 'lolcats']] });
  expect(await call('tok-nobody', { command: 'listAdmins' })).toMatchObject({
    status: 500,
    error: {
      code: -32400,
      message: 'Token validation failed: Auth service returned an error: 10020 Invalid token',
      data: 'token_invalid',
      error: null,
    },
  });
  const { code, stderr } = await runWarm(['token', 'root'], folder.path, env);
  expect([code, stderr]).toEqual([2, expect.stringContaining('get one there')]);
  expect(await service.end('SIGTERM')).toBe(0);
  const printed = service.stdout() + service.stderr();
  expect(printed).toContain('"actor":"lolcats"');
  expect(printed).not.toMatch(/tok-|signing-key/);
});

it('a service whose auth service is missing, or another, does not start and says why', async () => {
  await using auth = await startAuthServer();
  await using folder = await serviceFolder();
  auth.answer('/', text(200, '<html>hello</html>'));
  const start = (url: string) =>
    runWarm(['serve'], folder.path, {
      ...onSharedMongod(),
      STEWARD_AUTH2_SERVICE_URL: url,
      STEWARD_WS_ADMIN: 'root',
      STEWARD_PORT: '0',
    });
  const html = await start(auth.url);
  expect(html.code).toBe(1);
  expect(html.stderr).toContain(`steward: auth2-service-url: ${auth.url}/ is not usable. Invalid KBase auth`);
  await auth.stop();
  const away = await start(auth.url);
  expect(away.code).toBe(1);
  expect(away.stderr).toContain('Unable to contact the KBase Authentication server: the connection was refused');
  const open = await start('http://auth.example.org');
  expect(open.stderr).toContain('it must be a URL that starts with https:// (http:// only to localhost');
});
