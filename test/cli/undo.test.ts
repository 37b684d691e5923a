import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runWarm } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

let service: HostedService;

beforeAll(async () => {
  service = await startHosted();
  for (const user of ['ann', 'bea']) await service.administer('admin', { command: 'addUser', user });
});
afterAll(async () => {
  await service.stop();
});

const env = () => ({ STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf('admin') });
const undo = (...words: string[]) => runWarm(['undo', ...words], service.folder, env());
const listed = async () =>
  JSON.parse((await undo('--list', '-o', 'json')).stdout) as { command: string; record: string }[];
const roleOf = async (user: string) => {
  const { result } = await service.administer('admin', { command: 'listAdmins', params: { detail: true } });
  return (result as unknown as [{ user: string; role: string }[]])[0].find((each) => each.user === user)?.role;
};
const recordOf = async (user: string, command: object) =>
  (await service.administer(user, command)).receipt?.record ?? '';

describe('steward undo', () => {
  it('offers the newest of what the caller did and may revert, with what it changed', async () => {
    await service.administer('admin', { command: 'addAdmin', user: 'bea' });
    const byBea = await recordOf('bea', { command: 'addUser', user: 'cec' });
    await service.administer('admin', { command: 'listAdmins' });
    await service.administer('admin', { command: 'verifyState' });
    const record = await recordOf('admin', { command: 'addAdmin', user: 'ann', params: { role: 'readOnly' } });
    const [newest, before, ...others] = await listed();
    expect(newest).toEqual({
      at: expect.any(String),
      command: 'addAdmin',
      call: 'addAdmin ann role=readOnly',
      change: '~roster roster +admins[ann] {…}',
      record,
    });
    expect(before).toMatchObject({ command: 'addAdmin' });
    expect(others.map(({ command }) => command)).not.toContain('listAdmins');
    expect(others.map(({ command }) => command)).not.toContain('verifyState');
    expect(others.map((each) => each.record)).not.toContain(byBea);
    expect((await undo('--list', '--lines', '1', '-o', 'name')).stdout).toBe(`${record}\n`);
  });

  it('shows what it would do, asks, and says how that is reverted in turn', async () => {
    await service.administer('admin', { command: 'addAdmin', user: 'ann' });
    const chosen = { 'Which? ': '1' };
    const words = ['undo', '--reason', 'by mistake'];
    const refused = await onTerminal({ words, env: env(), answers: { ...chosen, 'Go on?': 'n' } });
    expect(refused.code).toBe(1);
    expect(refused.shown).toMatch(/no +at +call +record.*\r?\n1 +\d+s ago +addAdmin ann {2}/);
    expect(refused.shown).toContain('Would change roster/roster: admins[');
    expect(refused.shown).toContain('Nothing was done.');
    expect(await roleOf('ann')).toBe('full');

    const done = await onTerminal({ words, env: env(), answers: { ...chosen, 'Go on?': 'y' } });
    expect(done.code).toBe(0);
    expect(await roleOf('ann')).toBe('readOnly');
    const [, again = ''] = /To revert that in turn: steward undo (\S+)/.exec(done.shown) ?? [];
    const { result } = await service.administer('admin', { command: 'getAudit', params: { record: again } });
    expect(result?.[0]).toMatchObject({ records: [{ command: 'revert', reason: 'by mistake' }] });
    // What was reverted is no longer offered, until that is reverted in turn.
    const [newest] = await listed();
    expect(newest).toMatchObject({ command: 'revert', record: again });
    expect(await undo(again, '--yes')).toMatchObject({ code: 0 });
    expect(await roleOf('ann')).toBe('full');
  });

  it('reverts the job that a record began', async () => {
    await service.call('bea', 'Workspace.create_workspace', [{ workspace: 'bea:genomes' }]);
    const moved = await recordOf('admin', { command: 'changeOwner', params: { from: 'bea', to: 'ann' } });
    const owner = async () => {
      const { result } = await service.call('admin', 'Workspace.get_workspace_info', [{ workspace: 'bea:genomes' }]);
      return (result?.[0] as string[] | undefined)?.[2];
    };
    expect((await listed())[0]).toMatchObject({ command: 'changeOwner', record: moved });
    const { code, stdout } = await undo(moved, '--yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/kind +revertJob/) });
    expect((await listed()).map(({ record }) => record)).not.toContain(moved);
    expect(await owner()).not.toBe('ann');
  });

  it('only shows the change with --dry-run, and why something cannot be reverted', async () => {
    const record = await recordOf('admin', { command: 'addUser', user: 'dan' });
    const before = await undo(record, '--dry-run');
    expect(before).toMatchObject({ code: 0, stdout: expect.stringMatching(/plan [0-9a-f]{64}\n$/) });
    await service.administer('admin', { command: 'disableUser', user: 'dan' });
    expect(await undo(record, '--yes')).toMatchObject({ code: 5, stderr: expect.stringContaining('(changed_since)') });
  });

  it('needs a record and --yes where there is no terminal, and says so', async () => {
    const [newest] = await listed();
    const unasked = await undo();
    expect(unasked).toMatchObject({ code: 2, stdout: '' });
    expect(unasked.stderr).toContain(`steward undo ${newest?.record} --yes`);
    expect(await undo(newest?.record ?? '')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const missing = await undo('0123456789abcdef01234567-0', '--yes');
    expect(missing).toMatchObject({ code: 4, stderr: expect.stringContaining('record_unknown') });
  });
});
