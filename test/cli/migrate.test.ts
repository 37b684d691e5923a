import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { contentOf, scratchFixture } from '../store/migrations/scratch.ts';
import { onSharedMongod, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder, withSharedDatabase } from '../support/service.ts';

it('steward migrate shows the steps, applies them, and says when there is nothing to do', async () => {
  await using folder = await serviceFolder();
  await using scratch = await scratchFixture();
  const database = await scratch.connect();
  const env = { STEWARD_MONGODB_HOST: inject('mongoUri'), STEWARD_MONGODB_DATABASE: scratch.name };
  const steward = (...args: string[]) => runWarm(['migrate', ...args], folder.path, env);
  const before = await contentOf(database);
  const previewed = await steward('--dry-run');
  expect(previewed).toMatchObject({ code: 7, stderr: '' });
  expect(previewed.stdout).toMatch(/Nothing was changed\.\n$/);
  for (const { name, summary } of database.migrations) expect(previewed.stdout).toContain(`${name}: ${summary}\n`);
  expect(await contentOf(database)).toEqual(before);
  const done = await steward();
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(done.stdout).toMatch(/has the format of this version of Steward, [\d.]+\.\n$/);
  expect(await steward('--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing is to be done'),
  });

  await database.db.collection('meta').updateOne({}, { $set: { format: 99, program: '9.0.0' } });
  for (const args of [[], ['--dry-run']]) {
    const refused = await steward(...args);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      `steward: The database ${scratch.name} has format 99, written by Steward 9.0.0, and`,
    );
    expect(refused.stderr).not.toMatch(/^ +at /m);
  }
});

it('a wrong command line of steward migrate is refused before anything is started', async () => {
  await using folder = await serviceFolder();
  const password = join(folder.path, 'nowhere');
  for (const [args, env, sentence] of [
    [['--mongodb-user', 'owner'], {}, '--mongodb-user and --mongodb-pwd-file go together'],
    [['--mongodb-user', 'owner', '--mongodb-pwd-file', password], {}, 'the embedded MongoDB has no accounts'],
    [
      ['--mongodb-user', 'owner', '--mongodb-pwd-file', password],
      { STEWARD_MONGODB_HOST: 'localhost:1' },
      `--mongodb-pwd-file: ${password} cannot be read: ENOENT`,
    ],
  ] as const) {
    const refused = await runWarm(['migrate', ...args], folder.path, env);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(sentence);
  }
});

it('steward serve ends with status 1 and a message when its database gets another format', async () => {
  await using folder = await serviceFolder();
  const env = onSharedMongod();
  const service = await startRunning(folder.path, env);
  expect((await service.administer('admin', { command: 'listAdmins' })).status).toBe(200);
  const exited = new Promise((resolve) => service.process.once('exit', resolve));
  await withSharedDatabase(env, (db) =>
    db.collection('meta').updateOne({}, { $set: { format: 99, program: '9.0.0' } }),
  );
  expect(await exited).toBe(1);
  expect(service.stderr()).toContain(
    `steward: The database ${env.STEWARD_MONGODB_DATABASE} has format 99 now, of Steward 9.0.0, and Steward`,
  );
  expect(service.stderr()).not.toMatch(/^ +at /m);
});
