import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import { inject, vi } from 'vitest';
import { freePort } from '../../src/store/embedded/port.ts';
import { serviceFolder } from './service.ts';

const PATIENCE = { timeout: 120_000, interval: 200 };
/** The password of every account. */
export const PASSWORD = 'open sesame';

export interface GuardedMongod extends AsyncDisposable {
  readonly host: string;
  readonly uri: string;
  /** Has the password of the accounts in the file `password`. */
  readonly folder: string;
  readonly passwordFile: string;
}

/** Starts a MongoDB that asks for accounts. @param makeAccounts makes them in its database `admin` */
export async function guardedMongod(makeAccounts: (admin: Db) => Promise<void>): Promise<GuardedMongod> {
  const folder = await serviceFolder();
  await mkdir(join(folder.path, 'db'));
  await writeFile(join(folder.path, 'key'), randomBytes(96).toString('base64'), { mode: 0o600 });
  const passwordFile = join(folder.path, 'password');
  await writeFile(passwordFile, `${PASSWORD}\n`);
  const port = await freePort();
  const listening = ['--port', String(port), '--bind_ip', '127.0.0.1'];
  const args = ['--dbpath', 'db', ...listening, '--replSet', 'rs0', '--keyFile', 'key', '--quiet'];
  const mongod = spawn(inject('mongodBinary'), args, { cwd: folder.path, stdio: 'ignore' });
  const host = `127.0.0.1:${port}`;
  const uri = `mongodb://${host}/?replicaSet=rs0`;
  const direct = await MongoClient.connect(`mongodb://${host}/?directConnection=true`);
  await direct.db('admin').command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } });
  const root = { createUser: 'root', pwd: PASSWORD, roles: ['root'] };
  await vi.waitFor(() => direct.db('admin').command(root), PATIENCE);
  await direct.close();
  const admin = await MongoClient.connect(uri, { auth: { username: 'root', password: PASSWORD } });
  await makeAccounts(admin.db('admin'));
  await admin.close();
  return {
    host,
    uri,
    folder: folder.path,
    passwordFile,
    [Symbol.asyncDispose]: async () => {
      mongod.kill('SIGKILL');
      await once(mongod, 'exit');
      await folder[Symbol.asyncDispose]();
    },
  };
}
