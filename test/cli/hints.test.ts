import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HostedService, startHosted } from '../support/hostedService.ts';
import { runWarm } from '../support/running.ts';

let service: HostedService;

beforeAll(async () => {
  service = await startHosted();
  for (const user of ['noor', 'hidden']) await service.administer('admin', { command: 'addUser', user });
  await service.call('noor', 'Workspace.create_workspace', [{ workspace: 'noor:genomes', globalread: 'r' }]);
  await service.call('hidden', 'Workspace.create_workspace', [{ workspace: 'hidden:private' }]);
});
afterAll(async () => {
  await service.stop();
});

const environment = () => ({ STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf('admin') });
const steward = (...words: string[]) => runWarm(words, service.folder, environment());

/** The lines of the error between the advice and the id of the request. */
async function hintsOf(...words: string[]) {
  const { code, stdout, stderr } = await steward(...words);
  expect([code, stdout]).toEqual([4, '']);
  return stderr.trimEnd().split('\n').slice(2, -1);
}

describe('a name that is not known', () => {
  it('of a user is answered with one that the caller sees, and with the command line to run', async () => {
    expect(await hintsOf('user', 'disable', 'nor')).toEqual([
      'Did you mean: noor',
      '  steward user disable noor',
      '  steward user add nor',
    ]);
  });

  it('of a workspace is answered with one that the caller may read', async () => {
    expect(await hintsOf('workspace', 'give', 'noor:genoms', 'hidden')).toEqual([
      'Did you mean: noor:genomes',
      '  steward workspace give noor:genomes hidden',
      '  steward workspace list',
    ]);
  });

  it('is in the error for programs', async () => {
    const { stderr } = await steward('user', 'disable', '--user=nor', '--json');
    expect(JSON.parse(stderr).error).toMatchObject({
      reason: 'user_unknown',
      suggestion: 'noor',
      next: ['steward user disable --user=noor --json', 'steward user add nor'],
    });
  });

  it('is not answered with what the caller cannot see, and the look-up leaves no record', async () => {
    for (const name of ['hidden:privat', 'hidden:privte'])
      expect(await hintsOf('workspace', 'give', name, 'noor')).toEqual(['  steward workspace list']);
    const { stdout } = await steward('audit', '--reads', '--lines', '2', '--json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).command),
    ).toEqual(['setWorkspaceOwner', 'setWorkspaceOwner']);
  });

  it('of a command is answered with one that there is', async () => {
    expect(await hintsOf('admin', 'explain', 'deletUser')).toContain('Did you mean: deleteUser');
  });

  it('of a role is answered with one that the caller may list', async () => {
    await service.administer('admin', { command: 'createRole', params: { name: 'curators' } });
    const meant = ['Did you mean: curators', '  steward role add-members curators noor'];
    expect((await hintsOf('role', 'add-members', 'curator', 'noor')).slice(0, 2)).toEqual(meant);
    expect(await hintsOf('owner', 'list', 'role:curator')).toContain('  steward owner list role:curators');
  });

  it('of a role is answered with none to whom may not list them, and leaves no denied record', async () => {
    const limited = { role: 'full', commands: ['addRoleMembers'] };
    await service.administer('admin', { command: 'addUser', user: 'limited' });
    await service.administer('admin', { command: 'addAdmin', user: 'limited', params: limited });
    const words = ['role', 'add-members', 'curator', 'noor'];
    const env = { STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf('limited') };
    const { code, stderr } = await runWarm(words, service.folder, env);
    expect([code, stderr]).toEqual([4, expect.not.stringContaining('Did you mean')]);
    const { stdout } = await steward('audit', '--actor', 'limited', '--reads', '--json');
    const commands = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).command);
    expect(commands).toContain('addRoleMembers');
    expect(commands).not.toContain('listRoles');
  });

  it('is not repeated on a command line with a token', async () => {
    const { stderr } = await steward('user', 'disable', 'nor', '--token', service.tokenOf('admin'));
    expect(stderr).toContain('Did you mean: noor\n');
    expect(stderr).not.toContain(service.tokenOf('admin'));
  });
});

it('a parameter that is missing is answered with an example of the command', async () => {
  const { code, stderr } = await steward('iiif', 'create');
  expect(code).toBe(2);
  expect(stderr).toMatch(/lacks the key \w+ \(invalid_params\)\n.*\n {2}steward iiif create --\w+ /);
});

it('a value that an option does not take is answered with the one that was probably meant', async () => {
  const refused = await steward('admin', 'add', 'noor', '--role', 'reedonly');
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'steward: --role cannot be reedonly. Allowed choices are full, readOnly.\n  Did you mean: readOnly\n',
  });
  const type = await steward('resource', 'create', 'plat', 'HeLa');
  expect(type.stderr).toBe('steward: --type cannot be plat.\n  Did you mean: plate\n');
});
