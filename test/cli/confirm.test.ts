import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCommands } from '../../src/operations/index.ts';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runWarm } from '../support/running.ts';
import { onTerminal } from '../support/terminal.ts';

let service: HostedService;

beforeAll(async () => {
  service = await startHosted();
  for (const user of ['ann', 'bea', 'cec']) await service.administer('admin', { command: 'addUser', user });
  for (const name of ['ann:genomes', 'ann:reads'])
    await service.call('ann', 'Workspace.create_workspace', [{ workspace: name }]);
});

afterAll(async () => {
  await service.stop();
});

const env = () => ({ STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf('admin') });
const sudo = (...words: string[]) => runWarm(['sudo', ...words], service.folder, env());
const typing = (answers: Record<string, string>, ...words: string[]) =>
  onTerminal({ words: ['sudo', ...words], env: env(), answers, folder: service.folder });
const stateOf = async (user: string) => {
  const { result } = await service.administer('admin', { command: 'listUsers', params: { prefix: user } });
  const [{ users }] = result as unknown as [{ users: { user: string; state: string }[] }];
  return users.find((each) => each.user === user)?.state;
};

describe('a command that cannot be undone', () => {
  it('shows by name what it would leave behind, and is carried out after the name is typed', async () => {
    const refused = await typing({ 'Type ann to go on: ': 'y' }, 'deleteUser', 'ann');
    expect(refused.shown).toContain("deleteUser ann: Close a user's account for ever and free their name.");
    expect(refused.shown).toMatch(/ann~\w+ stays the owner of 2 of type workspace: ann:genomes, ann:reads\n/);
    expect(refused.shown).toContain('It cannot be reverted: ');
    expect(refused.shown).toContain('Nothing was done.');
    expect(refused.code).toBe(1);
    expect(await stateOf('ann')).toBe('active');

    const done = await typing({ 'Type ann to go on: ': 'ann' }, 'deleteUser', 'ann');
    expect(done).toMatchObject({ code: 0, shown: expect.stringMatching(/state .*former/) });
    expect(await stateOf('ann')).toBeUndefined();
  });

  it('is not sent without a terminal, unless --yes or the plan of a dry run says that its effect is known', async () => {
    const unasked = await sudo('deleteUser', 'bea');
    expect(unasked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('run it with --yes') });
    expect(await sudo('deleteUser', 'bea', '--json')).toMatchObject({ code: 2, stdout: '' });
    expect(await stateOf('bea')).toBe('pending');
    const [, plan = ''] = /^plan ([0-9a-f]{64})$/m.exec((await sudo('deleteUser', 'bea', '--dry-run')).stdout) ?? [];
    expect(await sudo('deleteUser', 'bea', '--plan', plan)).toMatchObject({ code: 0, stderr: '' });
    expect(await sudo('deleteUser', 'cec', '--yes', '--json')).toMatchObject({ code: 0, stderr: '' });
  });

  it('is confirmed as well when it is written as a verb of its subject', async () => {
    await service.administer('admin', { command: 'addUser', user: 'dan' });
    await service.administer('admin', { command: 'addAdmin', user: 'dan' });
    const words = ['admin', 'remove', 'dan'];
    const unasked = await runWarm(words, service.folder, env());
    expect(unasked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('run it with --yes') });
    const on = (answer: string) => onTerminal({ words, env: env(), answers: { '[y/N]': answer } });
    const refused = await on('n');
    expect(refused).toMatchObject({ code: 1, shown: expect.stringMatching(/removeAdmin dan: .+Nothing was done\./s) });
    expect((await sudo('listAdmins')).stdout).toContain('dan');
    expect(await on('y')).toMatchObject({ code: 0 });
    expect((await sudo('listAdmins')).stdout).not.toContain('dan');
  });

  it('is confirmed only where it deletes what lies below', async () => {
    const make = (externalId: string) =>
      sudo(
        'createResource',
        '--type',
        'folders',
        '--name',
        externalId.split('/').at(-1) ?? '',
        '--external-id',
        externalId,
      );
    for (const id of ['/@Catalog/shared/Old', '/@Catalog/shared/Older']) expect((await make(id)).stderr).toBe('');
    const one = ['deleteResource', '--type', 'folders', '--external-id', '/@Catalog/shared/Old'];
    expect(await sudo(...one)).toMatchObject({ code: 0, stderr: '' });
    const all = ['deleteResource', '--type', 'folders', '--external-id', '/@Catalog/shared/Older', '--recursive'];
    expect(await sudo(...all)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const asked = await typing({ '[y/N]': 'y' }, ...all);
    expect(asked).toMatchObject({
      code: 0,
      shown: expect.stringMatching(/Would remove resources\/\S+ \(folders Older\)/),
    });
  });
});

it('no read asks for a confirmation', () => {
  const asking = allCommands.filter(({ confirm }) => confirm !== undefined);
  expect(asking.map(({ name }) => name)).toContain('deleteUser');
  for (const { name, effect } of asking) expect([name, effect]).toEqual([name, 'write']);
});
