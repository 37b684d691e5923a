import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runWarm, spawnSteward } from '../support/running.ts';

/** A free port, so that a restarted service can listen on it again. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return String(port);
}

let service: HostedService;
beforeAll(async () => {
  service = await startHosted({ STEWARD_PORT: await freePort() });
});
afterAll(async () => {
  await service?.stop();
});

it('steward audit shows the newest records, oldest first, by its filters', async () => {
  const STEWARD_TOKEN = (await runWarm(['token', 'admin'], service.folder)).stdout.trim();
  const audit = (...words: string[]) =>
    runWarm(['audit', ...words], service.folder, { STEWARD_TOKEN, STEWARD_SERVER: service.url });
  for (const user of ['ann', 'bea', 'cec']) await service.administer('admin', { command: 'addUser', user });
  await service.administer('admin', { command: 'addAdmin', user: 'ann', reason: 'on\u001bcall' });
  await service.administer('admin', { command: 'removeAdmin', user: 'admin' });

  const users = (await audit('--command', 'addUser', '--lines', '2')).stdout.trim().split('\n');
  expect(users).toEqual([expect.stringContaining('"user":"bea"'), expect.stringContaining('"user":"cec"')]);
  const denied = (await audit('--outcome', 'denied')).stdout;
  expect(denied).toMatch(
    /denied:protected_admin {2}removeAdmin {2}by admin .* from 127\.0\.0\.1 {2}\[[0-9a-f]{24}-\d+\]\n$/,
  );
  const reason = (await audit('--command', 'addAdmin')).stdout;
  expect(reason).toContain('because "on\\u001bcall"');
  expect(reason).not.toContain('\u001b');
  const lines = (await audit('--actor', 'admin', '--json', '-n', '3')).stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).actor.name)).toEqual(['admin', 'admin', 'admin']);
  await service.administer('admin', { command: 'listUsers' });
  expect((await audit('--actor', 'admin', '--lines', '1')).stdout).not.toContain('listUsers');
  expect((await audit('--actor', 'admin', '--command', 'listUsers')).stdout).toContain('listUsers');
  expect((await audit('--actor', 'admin', '--effect', 'read', '--lines', '50')).stdout).toContain('listUsers');
  expect((await audit('--actor', 'admin', '--reads', '--lines', '50')).stdout).toMatch(/listUsers[\s\S]*getAudit/);
  expect((await audit('--command', 'addUser', '--lines', '1')).stdout).toContain('+principals cec');
  expect(await audit('--from', '2099-01-01T00:00:00Z')).toEqual({ code: 0, stdout: '', stderr: 'No records.\n' });
  expect((await audit('--command', 'addUsr')).stderr).toBe('No records.\nDid you mean: addUser\n');
  expect(await audit('--from', '2026-99-99T00:00:00Z')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('invalid_params'),
  });
  expect(await audit('--outcome', 'fine')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices'),
  });
});

it('steward audit --follow shows each new record once, also after a restart of the service', async () => {
  const STEWARD_TOKEN = (await runWarm(['token', 'admin'], service.folder)).stdout.trim();
  await service.administer('admin', { command: 'addUser', user: 'dot' });
  const { child, output } = spawnSteward(
    ['audit', '--follow', '--json', '--lines', '1', '--command', 'addUser'],
    service.folder,
    {
      STEWARD_TOKEN,
      STEWARD_SERVER: service.url,
    },
  );
  const shown = async (count: number) => {
    for (;;) {
      const lines = output.stdout.split('\n').slice(0, -1);
      if (lines.length >= count) return lines.map((line) => JSON.parse(line).params.user);
      await sleep(20);
    }
  };
  expect(await shown(1)).toEqual(['dot']);
  await service.administer('admin', { command: 'addUser', user: 'eve' });
  expect(await shown(2)).toEqual(['dot', 'eve']);
  await service.restart(async () => {
    while (!output.stderr.includes('trying again')) await sleep(20);
  });
  await service.administer('admin', { command: 'addUser', user: 'flo' });
  expect(await shown(3)).toEqual(['dot', 'eve', 'flo']);
  child.kill('SIGINT');
  await once(child, 'close');
  expect(output.stdout.trim().split('\n')).toHaveLength(3);
});
