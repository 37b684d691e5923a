import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { expect, inject, it } from 'vitest';
import { freePort } from '../../src/store/embedded/port.ts';
import { LONG } from '../support/long.ts';
import { cleanEnvironment, MAIN, runWarm, startRunning } from '../support/running.ts';
import { serviceFolder } from '../support/service.ts';

/** What `steward serve` says where it must not start: status 1, and nothing that looks as if it ran. */
async function refusedStart(folder: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await runWarm(['serve'], folder, { STEWARD_PORT: '0', ...env });
  expect([code, stdout]).toEqual([1, '']);
  return stderr;
}

it.runIf(LONG)(
  'a second service on the same data folder says whose it is and stops; the first one goes on',
  async () => {
    await using folder = await serviceFolder();
    const first = await startRunning(folder.path);
    const said = await refusedStart(folder.path);
    expect(said).toMatch(/^steward: /m);
    expect(said).toContain(`is in use by another service (process ${first.process.pid})`);
    expect(said).not.toMatch(/^ +at /m);
    expect((await first.administer('admin', { command: 'listAdmins' })).result).toEqual([['admin']]);
    expect(await first.end('SIGTERM')).toBe(0);
  },
);

it('a standalone MongoDB is refused with the sentence that says how to make it a replica set', async () => {
  await using folder = await serviceFolder();
  await mkdir(join(folder.path, 'db'));
  const port = await freePort();
  const mongod = spawn(inject('mongodBinary'), ['--dbpath', 'db', '--port', String(port), '--bind_ip', '127.0.0.1'], {
    cwd: folder.path,
    stdio: 'ignore',
  });
  const host = `127.0.0.1:${port}`;
  await (await MongoClient.connect(`mongodb://${host}/?directConnection=true`)).close();
  const said = await refusedStart(folder.path, { STEWARD_MONGODB_HOST: host, STEWARD_WS_ADMIN: 'admin' });
  mongod.kill('SIGKILL');
  await once(mongod, 'exit');
  expect(said).toContain(
    'steward: The MongoDB server is a standalone, which has no transactions. Make it a replica set (one node will do): ' +
      'start mongod with --replSet rs0 and run rs.initiate() in mongosh once.',
  );
});

it('a MongoDB that is not there, or does not know the account, is named in a sentence without the password', async () => {
  await using folder = await serviceFolder();
  const host = `127.0.0.1:${await freePort()}`;
  const account = { STEWARD_WS_ADMIN: 'admin', STEWARD_MONGODB_USER: 'eve', STEWARD_MONGODB_PWD: 'open sesame' };
  const absent = await refusedStart(folder.path, { ...account, STEWARD_MONGODB_HOST: host });
  expect(absent).toContain(`steward: MongoDB at mongodb://${host}`);
  expect(absent).toContain('cannot be reached: check mongodb-host and that the server runs');
  const there = `mongodb://${new URL(inject('mongoUri')).host}/`;
  const unknown = await refusedStart(folder.path, { ...account, STEWARD_MONGODB_HOST: there });
  expect(unknown).toContain('With the account eve MongoDB at mongodb://');
  for (const said of [absent, unknown]) expect(said).not.toMatch(/^ +at |open|sesame/m);
});

it('a database in which nobody could administer is refused with the sentence that says what to do', async () => {
  await using folder = await serviceFolder();
  const database = `test_nobody_${process.pid}`;
  const said = await refusedStart(folder.path, {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: database,
  });
  expect(said).toContain(
    'steward: Nobody could administer: ws-admin is empty, and the database has no active full administrator whose right ' +
      'lasts. Name one in ws-admin',
  );
  const client = await MongoClient.connect(inject('mongoUri'));
  await client.db(database).dropDatabase();
  await client.close();
});

it('a limit of open files that is too low is named in a sentence, before anything is made', async () => {
  await using folder = await serviceFolder();
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
    const limited = `ulimit -n 100; exec "${process.execPath}" "${MAIN}" serve`;
    execFile('sh', ['-c', limited], { cwd: folder.path, env: cleanEnvironment() }, (error, _, said) =>
      resolve({ code: error?.code, stderr: said }),
    );
  });
  expect([code, stderr]).toEqual([
    1,
    'steward: At most 100 files may be open at the same time, and the service needs 1024: raise the limit, with ' +
      'LimitNOFILE in the systemd unit or with ulimit -n in a shell.\n',
  ]);
  expect(existsSync(join(folder.path, 'data'))).toBe(false);
});

it('a wrong configuration is refused with every problem at once, before anything is made', async () => {
  await using folder = await serviceFolder();
  const file = join(folder.path, 'deploy.cfg');
  await writeFile(file, '[Workspace]\nport = 99999\ncolour = red\nlog-level = LOUD\nauth-jwt-secret-file = missing\n');
  const args = ['serve', '--config', file];
  const { code, stdout, stderr } = await runWarm(args, folder.path, { STEWARD_MAX_BODY_BYTES: '1' });
  expect([code, stdout]).toEqual([1, '']);
  for (const problem of [
    `${file}:2: port: "99999" is not valid`,
    `${file}:3: colour: there is no such key`,
    `${file}:4: log-level: "LOUD" is not valid`,
    `${file}:5: auth-jwt-secret-file: there is no such file`,
    'STEWARD_MAX_BODY_BYTES: max-body-bytes: "1" is not valid',
  ]) {
    expect(stderr).toContain(problem);
  }
  expect(existsSync(join(folder.path, 'data'))).toBe(false);
});
