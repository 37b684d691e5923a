import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { program } from '../../src/cli/program.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

const JOB = '6b04e15c3413ffb9138e1bc4';
const PLAN = 'a'.repeat(64);

interface Sent {
  readonly command: string;
  readonly dryRun?: boolean;
  readonly plan?: string;
  readonly idempotencyKey?: string;
}

/** A service whose job ends in this state after a number of polls. */
async function serviceOf(looks: number, end = 'done') {
  const sent: Sent[] = [];
  let looked = 0;
  const server = await startLoopback(async (request, response) => {
    const { id, params } = JSON.parse(await text(request));
    const object = params[0] as Sent;
    sent.push(object);
    if (object.command === 'getJob') looked += 1;
    const state = looked >= looks ? end : 'running';
    const counts = { total: 5_000, moved: state === 'running' ? looked * 100 : 5_000, failed: 0, skipped: 0 };
    const items = [{ id: 'res-1', type: 'plate', name: 'HeLa', outcome: 'moved' }];
    const types = [{ type: 'plate', total: 5_000 }];
    const result = object.dryRun
      ? { changes: [], plan: PLAN, total: 5_000, types, items, next: '1' }
      : { job: JOB, kind: 'changeOwner', state, ...counts, types: [] };
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result, receipt: { record: 'r', hash: 'h' } }));
  });
  const env = { STEWARD_SERVER: server.url, STEWARD_TOKEN: 'token' };
  return { sent, env, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const WORDS = ['sudo', 'changeOwner', '--from', 'ann', '--to', 'bob'];

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe('without a terminal, a job', () => {
  it('needs --yes, and the service is not called before', async () => {
    await using service = await serviceOf(0);
    const { code, stderr } = await runWarm(WORDS, '/', service.env);
    expect([code, service.sent]).toEqual([2, []]);
    expect(stderr).toContain('--yes');
  });

  it('is carried out once with --yes, followed to its end, and printed as JSON with --json', async () => {
    await using service = await serviceOf(2);
    const { code, stdout, stderr } = await runWarm([...WORDS, '--yes', '--json'], '/', service.env);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      result: { job: JOB, state: 'done', moved: 5_000 },
      receipt: { record: 'r' },
    });
    expect(service.sent.map((s) => s.command)).toEqual(['changeOwner', 'getJob', 'getJob']);
    expect(service.sent[0]?.idempotencyKey).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('that fails ends the command line with another status', async () => {
    await using service = await serviceOf(1, 'failed');
    expect((await runWarm([...WORDS, '--yes'], '/', service.env)).code).toBe(5);
  });

  it('is shown with --dry-run', async () => {
    await using service = await serviceOf(0);
    const { code, stdout } = await runWarm([...WORDS, '--dry-run'], '/', service.env);
    expect([code, service.sent.map((s) => s.dryRun)]).toEqual([0, [true]]);
    expect(stdout).toContain(`plan ${PLAN}`);
  });
});

it('Ctrl-C stops following the job, and prints how to control it', async () => {
  await using service = await serviceOf(1_000);
  for (const [name, value] of Object.entries(service.env)) vi.stubEnv(name, value);
  const said: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((line) => void said.push(String(line)));
  const run = (await program()).parseAsync([...WORDS, '--yes'], { from: 'user' });
  await vi.waitFor(() => expect(service.sent.some((s) => s.command === 'getJob')).toBe(true), { timeout: 180_000 });
  process.emit('SIGINT');
  await run;
  expect(process.exitCode).toBe(130);
  expect(service.sent.every((s) => !['pauseJob', 'cancelJob'].includes(s.command))).toBe(true);
  for (const verb of ['watch', 'pause', 'cancel']) expect(said.join('\n')).toContain(`steward job ${verb} ${JOB}`);
});

describe('at a terminal, a job', () => {
  const typed = (answer: string, env: Record<string, string>) =>
    onTerminal({ words: WORDS, env, answers: { '[y/N]': answer } });

  it('is shown first, carried out exactly as shown after a yes, and followed with a progress bar', async () => {
    await using service = await serviceOf(3);
    const { code, shown } = await typed('y', service.env);
    expect(shown).toMatch(/res-1 +plate +HeLa/);
    expect(shown).toContain('5000 in all. Go on? [y/N]');
    expect(shown).toMatch(/\d+ %\s+\d+ of 5000/);
    expect(service.sent.slice(0, 2)).toMatchObject([{ dryRun: true }, { plan: PLAN }]);
    expect(code).toBe(0);
  });

  it('is not carried out without a yes', async () => {
    await using service = await serviceOf(0);
    const { code, shown } = await typed('n', service.env);
    expect([code, service.sent.length]).toEqual([1, 1]);
    expect(shown).toContain('Nothing was done.');
  });
});
