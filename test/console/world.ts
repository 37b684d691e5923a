import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Db, Document } from 'mongodb';
import { mintToken } from '../../src/identity/mint.ts';
import { freePort } from '../../src/store/embedded/port.ts';
import { onSharedMongod, type Reply, type Running, startRunning } from '../support/running.ts';
import { serviceFolder, withSharedDatabase } from '../support/service.ts';

const POLICY = `rules:
  - name: four-eyes
    who: [anybody]
    commands: [deleteRole]
    require:
      approvals: {count: 1}
  - name: sensitive
    who: [anybody]
    commands: [lockWorkspace, unlockWorkspace]
    require:
      ticket: {maxMinutes: 10}
  - name: emergencies
    who: [colleague]
    commands: [breakGlass]
    allow: true
`;

/** A running service with people, data and things that wait for an administrator. */
export interface ConsoleWorld {
  readonly service: Running;
  /** Runs a command as the administrator `admin`; throws if it is refused. */
  run(command: string, parts?: object): Promise<unknown>;
  /** Runs the work on the service's database. */
  withDatabase<R>(work: (db: Db) => Promise<R>): Promise<R>;
  /** Another token of this user than the one that they call with. */
  freshToken(user: string): string;
  /** Makes a local account of an administrator with a passkey, and returns the token of one of their two sessions. */
  signedInWithPassword(user: string): Promise<string>;
  /** Kills the service and starts it again at the same address. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const answered = (reply: Reply): unknown => {
  if (reply.error !== undefined && reply.error !== null) throw new Error(`${reply.error.data}: ${reply.error.message}`);
  return reply.result?.[0];
};

/** Starts it, with `admin`, a full administrator `colleague` and a read-only one, `reader`. */
export async function openWorld(): Promise<ConsoleWorld> {
  const folder = await serviceFolder();
  const policy = join(folder.path, 'policy.yaml');
  writeFileSync(policy, POLICY);
  const port = String(await freePort());
  const env = {
    ...{ ...onSharedMongod(), STEWARD_POLICY_FILE: policy, STEWARD_PORT: port },
    ...{ STEWARD_WEBAUTHN_RP_ID: 'localhost', STEWARD_WEBAUTHN_ORIGINS: `http://localhost:${port}` },
  };
  let service = await startRunning(folder.path, env);
  const run = async (command: string, parts: object = {}) =>
    answered(await service.administer('admin', { command, ...parts }));
  for (const user of ['leaver', 'successor', 'reader', 'nadia', 'colleague']) await run('addUser', { user });
  await run('addAdmin', { user: 'reader', params: { role: 'readOnly' } });
  await run('addAdmin', { user: 'colleague' });
  for (const user of ['leaver', 'successor', 'reader']) {
    answered(await service.call(user, 'Workspace.list_workspace_info', [{}]));
  }
  return {
    get service() {
      return service;
    },
    run,
    withDatabase: (work) => withSharedDatabase(env, work),
    freshToken: (username) => {
      const secret = readFileSync(join(folder.path, 'data', 'signing-key'), 'utf8').trim();
      return mintToken({ secret, username, lifetimeSeconds: 600 });
    },
    signedInWithPassword: async (username) => {
      const password = 'correct horse battery staple';
      const { id } = (await run('createStaff', { params: { username, password } })) as { id: string };
      await run('addAdmin', { user: username });
      const key = { id: 'AQID', name: 'Laptop', publicKey: 'BAUG', counter: 0, addedAt: new Date() };
      await withSharedDatabase(env, (db) =>
        db.collection<{ _id: string }>('passkeys').insertOne({ _id: id, revision: 1, keys: [key] } as never),
      );
      const tokens = ['steward on gauss', 'Steward console'].map(async (client) => {
        const params = [{ name: username, password, client }];
        return answered(await service.call('admin', 'Session.sign_in', params)) as { token: string };
      });
      return (await Promise.all(tokens))[1]?.token ?? '';
    },
    restart: async () => {
      await service.end('SIGKILL');
      service = await startRunning(folder.path, env);
    },
    close: async () => {
      await service.end('SIGTERM');
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Fills it with what a console in use shows: something in each view. */
export async function furnish({ service, run }: ConsoleWorld): Promise<void> {
  const call = async (user: string, method: string, params: object) =>
    answered(await service.call(user, `Workspace.${method}`, [params]));
  for (const module of ['Genomes', 'Proteins']) {
    answered(await service.call('leaver', 'Workspace.request_module_ownership', [module]));
  }
  await run('approveModRequest', { module: 'Genomes' });
  const spec = 'module Genomes { typedef structure { int length; } Genome; };';
  await call('leaver', 'register_typespec', { spec, new_types: ['Genome'], dryrun: 0 });
  answered(await service.call('leaver', 'Workspace.release_module', ['Genomes']));
  await call('leaver', 'create_workspace', { workspace: 'leaver:soil', description: 'Microbes of the soil' });
  const objects = ['e_coli', 'b_subtilis', 'a_thaliana'].map((name, n) => ({
    ...{ name, type: 'Genomes.Genome', data: { length: 4_600_000 + n } },
  }));
  await call('leaver', 'save_objects', { workspace: 'leaver:soil', objects });
  await call('leaver', 'create_workspace', { workspace: 'leaver:water' });
  await call('leaver', 'set_permissions', { workspace: 'leaver:soil', new_permission: 'w', users: ['nadia'] });

  const inDays = (days: number) => new Date(Date.now() + days * 24 * 3_600_000).toISOString();
  await run('createRole', { params: { name: 'curators', members: ['nadia', 'successor'] } });
  await run('createRole', { params: { name: 'guests', members: ['nadia'], expires: inDays(4) } });
  await run('addFriend', { user: 'leaver', params: { friend: 'nadia' } });
  const owners = [{ accountType: 'User', owner: 'leaver' }];
  const folder = { type: 'folders', name: 'Sales', externalId: '/@Catalog/shared/Sales', owners };
  const { id } = (await run('createResource', { params: folder })) as { id: string };
  for (const name of ['Q1', 'Q2', 'Q3']) {
    const workbook = { type: 'workbooks', name, externalId: `/@Catalog/shared/Sales/${name}`, parents: [id], owners };
    await run('createResource', { params: workbook });
  }
  const grants = [
    { accountType: 'ApplicationRole', account: 'curators', level: 'write' },
    { accountType: 'User', account: 'nadia', level: 'read', expires: inDays(5) },
  ];
  await run('setAcl', { params: { id, mode: 'merge', grants }, reason: 'they take part in the project' });

  await run('createRole', { params: { name: 'interns' } });
  // It needs an approval, which waits for somebody.
  await service.administer('colleague', {
    ...{ command: 'deleteRole', params: { name: 'interns' }, reason: 'the summer is over' },
  });
  answered(
    await service.administer('colleague', { command: 'breakGlass', params: { reason: 'nobody else was reachable' } }),
  );
  for (const name of ['P1', 'P2', 'P3']) {
    const plate = { type: 'plate', name, owners: [{ accountType: 'User', owner: 'successor' }] };
    await run('createResource', { params: plate });
  }
  await run('changeOwner', { params: { from: 'successor', to: 'colleague' }, reason: 'they change the department' });
}

/** Puts resources of this owner into the database, below a folder. @returns the id of the folder */
export async function fillFolder(db: Db, owner: string, count: number): Promise<string> {
  const at = new Date();
  const id = (await db.collection('principals').findOne({ username: owner }))?._id;
  const base = { revision: 1, visibility: 'private', createdAt: at, modifiedAt: at, owners: [id], grants: [] };
  const folder = `res-${owner}-all`;
  const plates: Document[] = Array.from({ length: count - 1 }, (_, n) => ({
    ...{ ...base, _id: `res-${owner}-${n}`, type: 'plate', name: `plate ${n}`, parents: [folder] },
  }));
  await db
    .collection<{ _id: string }>('resources')
    .insertMany([
      { ...base, _id: folder, type: 'screen', name: `All of ${owner}`, parents: [] },
      ...(plates as (Document & { _id: string })[]),
    ]);
  return folder;
}
