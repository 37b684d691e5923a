import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, newRun, resumedRun } from '../../src/cli/batchRun.ts';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runSteward, runWarm, spawnSteward } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

let service: HostedService;

beforeAll(async () => {
  service = await startHosted();
  await service.administer('admin', { command: 'addUser', user: 'ann' });
});

afterAll(async () => {
  await service.stop();
});

const env = () => ({ STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf('admin') });
const batchOf = async (...lines: string[]) => {
  const file = join(service.folder, 'batch');
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
};
const sudo = (...words: string[]) => runWarm(['sudo', ...words], service.folder, env());
const runOf = (stderr: string) => /^Run (\S+), /m.exec(stderr)?.[1] ?? '';
const objectsIn = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const users = async (prefix: string) => {
  const { result } = await service.administer('admin', { command: 'listUsers', params: { prefix, limit: 1000 } });
  return (result as unknown as [{ users: { user: string }[] }])[0].users.map(({ user }) => user);
};
/** How often each plate was made. */
const plates = async (owner: string) => {
  const params = { user: owner, type: 'plate', limit: 1000 };
  const { result } = await service.administer('admin', { command: 'listOwned', params });
  return (result as unknown as [{ items: { name: string }[] }])[0].items.map(({ name }) => name).sort();
};
const plate = (name: string) =>
  `createResource --type plate --name '${name}' --owners '[{"accountType": "User", "owner": "ann"}]'`;

describe('a batch', () => {
  it('runs command lines and command objects, with their reasons, and sums up', async () => {
    const file = await batchOf(
      '# New people',
      'addUser one-a --kind service',
      '',
      '{"command": "addUser", "user": "one-b", "reason": "their own"}',
    );
    const done = await sudo('--batch', file, '--reason', 'new term', '--json');
    expect(done).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`--reason 'new term' --resume ${runOf(done.stderr)}`),
    });
    const [first, second, summary] = objectsIn(done.stdout);
    expect(first).toMatchObject({
      line: 2,
      command: 'addUser',
      outcome: 'done',
      result: { user: 'one-a', kind: 'service' },
    });
    expect(second).toMatchObject({ line: 4, outcome: 'done', receipt: { record: expect.any(String) } });
    expect(summary).toEqual({ run: runOf(done.stderr), total: 2, done: 2, failed: 0, notRun: 0, reasons: {} });
    const audit = await runWarm(['audit', '--command', 'addUser', '--lines', '2', '--json'], service.folder, env());
    expect(objectsIn(audit.stdout).map(({ reason }) => reason)).toEqual(['new term', 'their own']);
  });

  it('stops at the first failure, or goes on with --keep-going, and counts the reasons', async () => {
    const file = await batchOf('addUser two-a', 'addUser two-a', 'addUser two-a', 'addUser two-b');
    const stopped = await sudo('--batch', file);
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(
      /line 1 {2}done {4}addUser two-a\nline 2 {2}failed {2}addUser two-a: .+ \(username_taken\)\n/,
    );
    expect(stopped.stdout).toContain(
      '1 of 4 done, 1 failed, 2 not run.\n  1  username_taken\nRun what is left:\n  steward sudo',
    );
    expect(await users('two-')).toEqual(['two-a']);
    const all = await sudo('--batch', file, '--keep-going', '--resume', runOf(stopped.stderr));
    expect(all.stdout).toContain('2 of 4 done, 2 failed, 0 not run.\n  2  username_taken\n');
    expect(await users('two-')).toEqual(['two-a', 'two-b']);
  });

  it('sends nothing if a line is wrong, and names each such line', async () => {
    const file = await batchOf(
      'addUser three-a',
      'addUsr three-b',
      'addAdmin three-a --role half',
      '{"command": "addUser"',
      '{"command": "addUser", "user": "x", "dryrun": true}',
      '{"command": "addAdmin", "user": "x", "params": {"expire": 1}}',
      'addUser x --json',
      'addUser x | cat',
    );
    const refused = await sudo('--batch', file);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    for (const problem of [
      "line 2: unknown command 'addUsr'",
      'line 3: .*Allowed choices are full, readOnly',
      'line 4: it begins like JSON and is none',
      'line 5: a line has no key dryrun',
      'line 6: addAdmin has no parameter expire',
      'line 7: json belongs to the whole batch',
      'line 8: \\| has no meaning here',
    ]) {
      expect(refused.stderr).toMatch(new RegExp(problem));
    }
    expect(await users('three-')).toEqual([]);
    expect(await sudo('--json')).toMatchObject({ code: 2, stderr: expect.stringContaining('--batch FILE') });
    expect(await sudo('--batch', await batchOf('# nothing'))).toMatchObject({ code: 2 });
  });

  it('is read from the standard input too, and repeats what was interrupted by the time at which it began', async () => {
    const file = await batchOf('addAdmin ann --role readOnly --expires 7d', 'listUsers --prefix ann');
    const first = await runSteward(['sudo', '--batch', '-'], service.folder, env(), file);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 done') });
    // A time that counted from now would make it another call under the same key.
    const again = await runSteward(
      ['sudo', '--batch', '-', '--resume', runOf(first.stderr)],
      service.folder,
      env(),
      file,
    );
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 done') });
  });

  it('asks once before commands that cannot be undone', async () => {
    for (const user of ['four-a', 'four-b']) await service.administer('admin', { command: 'addUser', user });
    const file = await batchOf('deleteUser four-a', 'deleteUser four-b', 'addUser four-c');
    expect(await sudo('--batch', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const words = ['sudo', '--batch', file];
    const refused = await onTerminal({ words, env: env(), answers: { '[y/N]': 'n' } });
    expect(refused).toMatchObject({ code: 1, shown: expect.stringContaining('3 lines, 2 of deleteUser. Go on?') });
    expect(await users('four-')).toEqual(['four-a', 'four-b']);
    const done = await onTerminal({ words, env: env(), answers: { '[y/N]': 'y' } });
    expect(done).toMatchObject({ code: 0, shown: expect.stringContaining('3 of 3 done') });
    expect(await users('four-')).toEqual(['four-c']);
    // The bar stands below the outcomes, and none of them is lost.
    for (const line of ['line 1  done    deleteUser', 'line 3  done    addUser']) expect(done.shown).toContain(line);
    expect(done.shown).toMatch(/█+ 100 % {2}3 of 3 {2}0 failed[\s\S]*\n3 of 3 done/);
  });

  it('names the true cause if its token is refused, and sends no later line', async () => {
    const file = await batchOf('addUser five-a', 'addUser five-b');
    const refused = await runWarm(['sudo', '--batch', file, '--keep-going'], service.folder, {
      ...env(),
      STEWARD_TOKEN: 'not a token',
    });
    expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('it is no JSON Web Token') });
    expect(refused.stdout).toContain('0 of 2 done, 1 failed, 1 not run.');
  });

  it('waits for a job, and fails with it', async () => {
    const file = await batchOf('changeOwner --from ann --to one-a', 'changeOwner --from nobody --to one-a');
    const { stdout } = await sudo('--batch', file, '--yes', '--json');
    expect(objectsIn(stdout)).toMatchObject([
      { outcome: 'done', result: { state: 'done' } },
      { outcome: 'failed', error: { reason: 'user_unknown' } },
      { done: 1, failed: 1 },
    ]);
  });
});

it('a batch that is killed and resumed carries out each line exactly once, equal lines included', async () => {
  const names = Array.from({ length: 60 }, (_, i) => `plate ${i % 50}`);
  const file = await batchOf(...names.map(plate));
  const { child, output } = spawnSteward(['sudo', '--batch', file], service.folder, env());
  const closed = once(child, 'close');
  child.stdout.on('data', () => {
    if (output.stdout.includes('line 12 ')) child.kill('SIGKILL');
  });
  await closed;
  const before = await plates('ann');
  expect(before.length).toBeGreaterThanOrEqual(12);
  expect(before.length).toBeLessThan(names.length);
  const resumed = await sudo('--batch', file, '--resume', runOf(output.stderr));
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('60 of 60 done, 0 failed, 0 not run.') });
  expect(await plates('ann')).toEqual(names.toSorted());
});

describe('the id of a run', () => {
  const begun = new Date('2026-11-28T12:00:00.000Z');
  const later = (hours: number) => new Date(begun.getTime() + hours * 3_600_000);

  it('has the time at which it began, and gives each line a key of its own', () => {
    const run = newRun(begun);
    expect(resumedRun(run.id, later(22))).toEqual(run);
    expect(newRun(begun).id).not.toBe(run.id);
    expect(keyOf(run, 'a')).not.toBe(keyOf(run, 'b'));
  });

  it('is refused when the service may have forgotten its keys, or when it is none', () => {
    expect(() => resumedRun(newRun(begun).id, later(23.5))).toThrow('began more than 23 hours ago');
    expect(() => resumedRun('my run', begun)).toThrow('--resume must be the id of a run');
  });
});
