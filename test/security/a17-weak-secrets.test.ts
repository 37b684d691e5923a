import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/base/config/load.ts';
import { ConfigError } from '../../src/base/config/problems.ts';
import { runWarm, temporaryFolder } from '../support/running.ts';

const GOOD = 'R7vB0xkq2dYF5mEwCz8hUj1sLtN4aPgX';

interface Setting {
  readonly lines?: string;
  readonly secret?: string;
  readonly modes?: Readonly<Record<string, number>>;
  readonly dataDir?: number;
}

/** A folder with this configuration. */
async function prepare(folder: string, { lines = '', secret = GOOD, modes = {}, dataDir }: Setting): Promise<void> {
  const path = (name: string) => join(folder, name);
  const config = [
    '[Workspace]',
    // A database that is not there: nothing starts by a mistake of the test.
    'mongodb-host = mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1',
    'ws-admin = boss',
    `data-dir = ${path('data')}`,
    lines.replaceAll('FOLDER', folder),
  ];
  await writeFile(path('deploy.cfg'), `${config.join('\n')}\n`);
  await writeFile(path('secret'), secret, { mode: 0o600 });
  if (dataDir !== undefined) {
    await mkdir(path('data'));
    await writeFile(path('data/signing-key'), secret, { mode: 0o600 });
    await chmod(path('data'), dataDir);
  }
  for (const [name, mode] of Object.entries(modes)) await chmod(path(name), mode);
}

/** What `check-config` and `serve` say of this configuration, as processes. */
async function run(setting: Setting) {
  await using folder = await temporaryFolder();
  await prepare(folder.path, setting);
  const [check, serve] = await Promise.all(
    ['check-config', 'serve'].map((command) => runWarm([command, '--config', 'deploy.cfg'], folder.path)),
  );
  if (check === undefined || serve === undefined) throw new Error('nothing ran');
  return { check, serve, folder: folder.path };
}

/** The judgement that both of them go by: the problems with which nothing starts, and the warnings. */
async function judge(setting: Setting) {
  await using folder = await temporaryFolder();
  await prepare(folder.path, setting);
  const plain = (text: string) => text.replaceAll(folder.path, 'FOLDER');
  try {
    const { warnings } = loadConfig({ file: join(folder.path, 'deploy.cfg'), env: {} });
    return { problems: [], warnings: warnings.map(plain) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: error.message.split('\n').map(plain), warnings: [] };
  }
}

const WITH_SECRET = 'auth-jwt-secret-file = FOLDER/secret';

describe('A17: what makes the configuration weak is refused or told, by check-config and serve alike', () => {
  it('says good, and nothing else, where all is well', async () => {
    const { check, serve } = await run({ lines: WITH_SECRET });
    expect([check.code, check.stderr]).toEqual([0, '']);
    expect(check.stdout).toContain('The configuration is good.');
    expect(serve.stderr).toContain('cannot be reached');
    expect(serve.stderr).not.toMatch(/chmod|guessed/);
  });

  it('ends both with status 1 and the same sentence where it refuses', async () => {
    const { check, serve } = await run({ lines: WITH_SECRET, secret: 'x' });
    for (const { code, stdout, stderr } of [check, serve]) {
      expect(code).toBe(1);
      expect(stderr).toContain('auth-jwt-secret-file: the secret has 1 byte and can be guessed');
      expect(stdout).not.toContain('good');
    }
  });

  it('has both warn in the same words where it does not refuse', async () => {
    const { check, serve, folder } = await run({ lines: WITH_SECRET, modes: { secret: 0o644 } });
    expect(check.code).toBe(0);
    expect(check.stdout).not.toContain('good');
    for (const { stderr } of [check, serve]) expect(stderr).toContain(`run chmod 600 ${folder}/secret`);
  });

  it.each<[what: string, setting: Setting, text: string]>([
    ['a secret of 31 bytes', { lines: WITH_SECRET, secret: GOOD.slice(1) }, 'the secret has 31 bytes'],
    ['one byte again and again', { lines: WITH_SECRET, secret: 'x'.repeat(32) }, 'has 32 bytes, but repeats itself'],
    ['a signing key of one byte', { secret: 'x', dataDir: 0o700 }, 'the key in its file signing-key has 1 byte'],
    ['a data folder of mode 0777', { dataDir: 0o777 }, 'every user of this host can change the folder (mode 0777)'],
    ['a data folder of mode 1777', { dataDir: 0o1777 }, 'every user of this host can change the folder (mode 1777)'],
  ])('refuses %s', async (_, setting, text) => {
    expect((await judge(setting)).problems).toEqual([expect.stringContaining(text)]);
  });

  it.each<[what: string, setting: Setting, text: string, command: string]>([
    [
      'a secret file of mode 0644',
      { lines: WITH_SECRET, modes: { secret: 0o644 } },
      'auth-jwt-secret-file: other users of this host can read the file, and sign tokens with it (mode 0644)',
      'chmod 600 FOLDER/secret',
    ],
    [
      'a secret file of mode 0640 that is the service’s own',
      { lines: WITH_SECRET, modes: { secret: 0o640 } },
      '(mode 0640)',
      'chmod 600 FOLDER/secret',
    ],
    [
      'a signing key of mode 0644',
      { dataDir: 0o700, modes: { 'data/signing-key': 0o644 } },
      'data-dir: other users of this host can read the file signing-key in it (mode 0644)',
      'chmod 600 FOLDER/data/signing-key',
    ],
    [
      'a data folder of mode 0755',
      { dataDir: 0o755 },
      'data-dir: the folder is open to other users of this host (mode 0755)',
      'chmod 700 FOLDER/data',
    ],
    [
      'the secret key in a configuration that all can read',
      { lines: `register-secret-key = ${GOOD}`, modes: { 'deploy.cfg': 0o644 } },
      'it holds register-secret-key, and other users of this host can read it (mode 0644)',
      'chmod 600 FOLDER/deploy.cfg',
    ],
    [
      'the password of the mail server there',
      { lines: 'smtp-url = smtp://a:b@c\nsmtp-from = a@b', modes: { 'deploy.cfg': 0o604 } },
      'it holds smtp-url',
      'chmod 600 FOLDER/deploy.cfg',
    ],
    [
      'the password of MongoDB there',
      { lines: 'mongodb-user = a\nmongodb-pwd = b', modes: { 'deploy.cfg': 0o644 } },
      'it holds mongodb-pwd',
      'chmod 600 FOLDER/deploy.cfg',
    ],
    [
      'a configuration that all can change',
      { modes: { 'deploy.cfg': 0o666 } },
      'other users of this host can change the file (mode 0666)',
      'chmod go-w FOLDER/deploy.cfg',
    ],
  ])('warns of %s, with the command to run', async (_, setting, text, command) => {
    const { problems, warnings } = await judge(setting);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining(text)]);
    expect(warnings[0]).toContain(`run ${command}`);
    expect(warnings[0]).not.toContain(GOOD);
  });
});
