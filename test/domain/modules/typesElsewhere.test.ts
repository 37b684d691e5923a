import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import { MongoClient } from 'mongodb';
import { describe, expect, inject, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { createLogger } from '../../../src/base/log.ts';
import { startService } from '../../../src/server/service.ts';
import { saveParams } from '../objects/savingWorld.ts';
import { openWorld } from '../workspaces/world.ts';
import { spec } from './spec.ts';

const ONE = spec(`/* @id ws */ typedef string Ref; /* @range 0,5 */ typedef int Few; typedef list<int> L;
  /* @optional ref
     @metadata ws length(names) as how many */
  typedef structure { Few few; list<string> names; Ref ref; } T;`);
const WIDER = ONE.replace('@optional ref', '@optional ref more').replace('Ref ref;', 'Ref ref; string more;');

/** Another service on its own database, with the module Mod of its user `ann`. */
async function startTypes() {
  const folder = await mkdtemp(join(tmpdir(), 'steward-types-'));
  const secret = randomUUID() + randomUUID();
  await writeFile(join(folder, 'secret'), secret);
  const database = `types_${randomUUID().replaceAll('-', '')}`;
  const env = {
    STEWARD_MONGODB_HOST: inject('mongoUri'),
    STEWARD_MONGODB_DATABASE: database,
    STEWARD_AUTH_JWT_SECRET_FILE: join(folder, 'secret'),
    STEWARD_WS_ADMIN: 'boss',
    STEWARD_PORT: '0',
    STEWARD_LOG_LEVEL: 'error',
  };
  const service = await startService(loadConfig({ env }), createLogger({ level: 'error' }));
  const call = async (user: string, method: string, params: unknown) => {
    const authorization = jwt.sign({ sub: user, preferred_username: user, roles: [] }, secret, { expiresIn: '1h' });
    const body = JSON.stringify({ version: '1.1', id: '1', method: `Workspace.${method}`, params: [params] });
    const response = await fetch(service.url, { method: 'POST', headers: { authorization }, body });
    const { result, error } = (await response.json()) as { result?: unknown[]; error?: { message: string } };
    if (error !== undefined) throw new Error(error.message);
    return result?.[0];
  };
  await call('ann', 'request_module_ownership', 'Mod');
  await call('boss', 'administer', { command: 'approveModRequest', module: 'Mod' });
  let runs = true;
  const stop = async () => {
    if (runs) await service.stop();
    runs = false;
  };
  return {
    url: service.url,
    call,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      const client = await MongoClient.connect(inject('mongoUri'));
      await client.db(database).dropDatabase();
      await client.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe('objects of a service whose types another service has', () => {
  it('are checked against the types there and saved, even while that service is down', async () => {
    await using types = await startTypes();
    await types.call('ann', 'register_typespec', { spec: ONE, new_types: ['T', 'L'], dryrun: 0 });
    await using world = await openWorld({ typeDelegationTarget: types.url });
    await world.call('ann', 'create_workspace', { workspace: 'w' });
    const save = async (type: string, data: object) => {
      const saved = await world.call(
        'ann',
        'save_objects',
        saveParams([{ type, data, name: 'x' }], { workspace: 'w' }),
      );
      return (saved as unknown[][])[0];
    };
    const why = (type: string, data: object = {}) =>
      save(type, data).then(
        () => 'saved',
        (error: Error) => error.message.replace(/^Object #1, x failed type checking:/, ''),
      );
    const data = { few: 1, names: ['a', 'b'] };

    expect(await why('Mod.T', data)).toBe(
      " This type wasn't released yet and you should be an owner to access unreleased version information",
    );
    expect((await save('Mod.T-0.1', data))?.[2]).toBe('Mod.T-0.1');
    await types.call('ann', 'release_module', 'Mod');
    const saved = await save('Mod.T', data);
    expect([saved?.[2], saved?.[10]]).toEqual(['Mod.T-1.0', { 'how many': '2' }]);
    await types.call('ann', 'register_typespec', { spec: WIDER, dryrun: 0 });
    expect((await save('Mod.T-1', data))?.[2]).toBe('Mod.T-1.0');
    expect((await save('Mod.T-1.1', { ...data, more: 'm', ref: 'w/x' }))?.[2]).toBe('Mod.T-1.1');

    expect(await why('Mod.T', { names: [] })).toBe("\nObject doesn't have required fields : [few], at ");
    expect(await why('Mod.T', { ...data, few: 6 })).toContain(
      'more than maximum value accepted (5, inclusive) at /few',
    );
    expect(await why('Mod.T', { ...data, ref: 'w/none' })).toContain(
      'has invalid reference: There is no object with id w/none: ',
    );
    expect(await why('Mod.L')).toBe("\nData of type other than structure couldn't be stored in workspace");
    expect(await why('Fake.T')).toBe(" Module doesn't exist: Fake");
    expect(await why('Mod.Zip')).toBe(' Unable to locate type: Mod.Zip');
    expect(await world.contents('types')).toEqual([]);

    await types.stop();
    expect((await save('Mod.T-1.1', data))?.[2]).toBe('Mod.T-1.1');
    expect(await why('Mod.T-7.0', data)).toMatch(/^ Could not contact the type service at http:\/\/\S+: /);
  });
});
