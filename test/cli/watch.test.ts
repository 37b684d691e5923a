import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startLoopback } from '../support/loopback.ts';
import { runWarm, spawnSteward } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

/** A service that has one job more whenever it is asked, but is not available the second time. */
async function serviceOfJobs() {
  let asked = 0;
  const server = await startLoopback(async (request, response) => {
    const { id } = JSON.parse(await text(request));
    asked += 1;
    if (asked === 2) {
      response.writeHead(503).end();
      return;
    }
    const jobs = Array.from({ length: Math.min(asked, 3) }, (_, i) => ({ job: `job-${i + 1}`, state: 'done' }));
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { jobs } }));
  });
  const env = { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' };
  return { env, asked: () => asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

it('steward job list --watch prints the list whenever it has changed, also after a failure, until interrupted', async () => {
  await using service = await serviceOfJobs();
  const { child, output } = spawnSteward(['job', 'list', '--watch', '1', '-o', 'name'], '/', service.env);
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (service.asked() < 5) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(output.stdout).toBe('job-1\njob-1\njob-2\njob-3\n');
  expect(output.stderr).toMatch(/^steward: .*; trying again\n$/);
});

it('steward job list --watch draws the list anew on a terminal, no longer than the screen', async () => {
  await using service = await serviceOfJobs();
  const words = ['job', 'list', '-w', '1', '--no-headers'];
  const { code, shown } = await onTerminal({ words, env: service.env, rows: 5, answers: { 'more lines': '\u0003' } });
  expect(code).toBe(0);
  const [, first = '', last = ''] = shown.split('\u001b[H\u001b[2J\u001b[3J');
  expect(first).toMatch(/^Every 1 s, last at .+\. Ctrl-C ends it\.\n\njob-1 +done\n/);
  expect(last).toContain('… and 2 more lines');
});

it.each([
  ['job list --watch never', '--watch must be a number of seconds from 1 to 3600 (was: never)'],
  ['job list --watch --json', '--watch has no --json: use -o json'],
  ['user delete ann --watch', "unknown option '--watch'"],
])('steward %s is refused', async (line, sentence) => {
  const refused = await runWarm(line.split(' '), '/', { STEWARD_TOKEN: 'token' });
  expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) });
});
