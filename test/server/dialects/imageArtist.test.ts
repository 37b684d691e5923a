import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DialectRequest } from '../../../src/server/dialects/dialect.ts';
import { imageArtist } from '../../../src/server/dialects/imageArtist.ts';
import { openPortal, type Portal } from './portal.ts';

/** Revvity Image Artist, "How to change the owner of datasets" (PUT /change_owner, Datastore API). */

let portal: Portal;
let adm: { headers: { authorization: string } };
beforeAll(async () => {
  portal = await openPortal();
  adm = bearer('boss');
});
afterAll(() => portal[Symbol.asyncDispose]());

const bearer = (user: string) => ({ headers: { authorization: `Bearer ${portal.tokenOf(user)}` } });
let count = 0;

/** A user with an id as in Image Artist's User Info table. */
async function user(name = `u${++count}`): Promise<{ name: string; id: string }> {
  await portal.meet(name);
  const { users } = await portal.run('listUsers', { prefix: name });
  return { name, id: users.find((u: { user: string }) => u.user === name).id };
}

async function make(type: string, owner: string, parents: string[] = []): Promise<string> {
  const owners = [{ accountType: 'User', owner }];
  return (await portal.run('createResource', { type, name: `a ${type}`, parents, owners })).id;
}

/** A screen with a plate, a measurement, and a file of each kind. */
async function dataset(owner: string): Promise<{ datasets: string[]; files: string[] }> {
  const screen = await make('screen', owner);
  const plate = await make('plate', owner, [screen]);
  const measurement = await make('measurement', owner, [plate]);
  const files: string[] = [];
  for (const type of ['resultFile', 'analysisFile', 'assayDefinitionFile', 'annotationFile']) {
    files.push(await make(type, owner, [plate]));
  }
  return { datasets: [screen, plate, measurement], files };
}

const change = (from: string, to: string, who = adm) => portal.ask('PUT', `/change_owner/${from}/${to}`, who);
const resource = (id: string) => portal.run('getResource', { id });
const ownersOf = async (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await resource(id)).owners.map((o: { owner: string }) => o.owner)));

describe('PUT /change_owner/{old_owner_id}/{new_owner_id}', () => {
  it('transfers every dataset to the new owner and reports how many; none when repeated', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    const reply = await change(old.id, fresh.id);
    expect([reply.status, reply.body]).toEqual([
      200,
      { old_owner_id: old.id, new_owner_id: fresh.id, changed: 3, job: expect.any(String) },
    ]);
    expect(await ownersOf(datasets)).toEqual([[fresh.name], [fresh.name], [fresh.name]]);
    expect((await change(old.id, fresh.id)).body.changed).toBe(0);
  });

  it('keeps the users that files and annotations name; reading them follows the dataset', async () => {
    const [old, fresh] = [await user(), await user()];
    const { files } = await dataset(old.name);
    await change(old.id, fresh.id);
    for (const id of files) {
      expect((await resource(id)).stamp).toEqual(old);
      const read = (who: string) =>
        portal.ask('POST', '/', {
          body: { jsonrpc: '2.0', method: 'Resource.get', params: { id }, id: 1 },
          ...bearer(who),
        });
      expect((await read(fresh.name)).body.result.id).toBe(id);
      expect((await read(old.name)).body.error.data.reason).toBe('permission_denied');
    }
  });

  it('does not change other users’ datasets, wherever they are, or those of other systems', async () => {
    const [old, fresh, other] = [await user(), await user(), await user()];
    const screen = await make('screen', other.name);
    const plate = await make('plate', old.name, [screen]);
    const workbook = await make('workbooks', old.name);
    expect((await change(old.id, fresh.id)).body.changed).toBe(1);
    expect(await ownersOf([screen, plate, workbook])).toEqual([[other.name], [fresh.name], [old.name]]);
  });

  it('works if the old owner is closed', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    await portal.run('deleteUser', undefined, old.name);
    const listed = (await portal.ask('GET', `/datasets?owner=${old.id}`, adm)).body.datasets;
    expect(listed.map((d: { owner_name: string }) => d.owner_name)).toEqual(Array(3).fill(`Deleted (${old.name})`));
    expect((await change(old.id, fresh.id)).body.changed).toBe(3);
    expect(await ownersOf(datasets)).toEqual([[fresh.name], [fresh.name], [fresh.name]]);
    // A closed account that owns nothing is not shown any more.
    expect((await portal.ask('GET', `/datasets?owner=${old.id}`, adm)).body).toEqual({ datasets: [] });
  });

  it('is recorded with each dataset, and can be reverted', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    const { job } = (await change(old.id, fresh.id)).body;
    const touched = (await portal.records()).filter((r) => JSON.stringify(r).includes(datasets[0] ?? '-'));
    expect(touched.length).toBeGreaterThan(0);
    await portal.run('revertJob', { id: job });
    expect(await ownersOf(datasets)).toEqual([[old.name], [old.name], [old.name]]);
  });

  it('is refused with the fault, and nothing changes', async () => {
    const [old, fresh, disabled, closed] = [await user(), await user(), await user(), await user()];
    const { datasets } = await dataset(old.name);
    await portal.run('disableUser', undefined, disabled.name);
    await portal.run('deleteUser', undefined, closed.name);
    const named = { sub: `subject-${count}`, name: `named${count}` };
    await portal.signIn(named);
    for (const [from, to, who, status] of [
      [old.id, fresh.id, bearer(old.name), 403],
      [old.id, fresh.id, bearer(fresh.name), 403],
      [old.id, fresh.id, {}, 401],
      [old.id, fresh.id, { headers: { authorization: portal.tokenOf('boss') } }, 401],
      [old.id, fresh.id, { headers: { authorization: `JWT ${portal.tokenOf('boss')}` } }, 401],
      ['nobody', fresh.id, adm, 404],
      [old.id, 'nobody', adm, 404],
      [old.id, named.name, adm, 404],
      [named.name, fresh.id, adm, 404],
      [old.id, disabled.id, adm, 409],
      [old.id, closed.id, adm, 409],
      [old.id, old.id, adm, 400],
    ] as const) {
      const reply = await change(from, to, who as typeof adm);
      expect([reply.status, reply.body]).toEqual([status, { detail: expect.any(String) }]);
    }
    for (const verb of ['GET', 'POST', 'DELETE']) {
      const reply = await portal.ask(verb, `/change_owner/${old.id}/${fresh.id}`, adm);
      expect([reply.status, reply.headers.get('allow')]).toEqual([405, 'PUT']);
    }
    expect(await ownersOf(datasets)).toEqual([[old.name], [old.name], [old.name]]);
  });
});

describe('an id', () => {
  it('is found in the list of users, and is not a name, a prefix or a role', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    const { users } = await portal.run('listUsers', { prefix: old.name });
    expect(users.map((u: { id: string }) => u.id)).toContain(old.id);
    const role = (await portal.run('createRole', { name: `role${count}`, members: [fresh.name] })).id;
    expect(typeof role).toBe('string');
    for (const [from, to, status] of [
      [old.id, role, 400],
      [old.id, `id:${fresh.id}`, 404],
      [old.id, `role:role${count}`, 404],
      [`id:${old.id}`, fresh.id, 404],
      [`${old.id}x`, fresh.id, 404],
      [old.id, `${fresh.id}%20`, 404],
    ] as const) {
      const reply = await change(from, to);
      expect([from, to, reply.status, reply.body]).toEqual([from, to, status, { detail: expect.any(String) }]);
    }
    expect(await ownersOf(datasets)).toEqual([[old.name], [old.name], [old.name]]);
  });

  it('of a user without datasets, or before the first sign-in, is accepted too', async () => {
    const [old, fresh] = [await user(), await user()];
    expect((await change(old.id, fresh.id)).body).toMatchObject({ changed: 0 });
    const pending = await portal.run('addUser', undefined, `pending${count}`);
    const { datasets } = await dataset(old.name);
    expect((await change(old.id, pending.id)).body).toMatchObject({ new_owner_id: pending.id, changed: 3 });
    expect(await ownersOf(datasets)).toEqual(Array(3).fill([`pending${count}`]));
  });
});

describe('a change that is too large for one call', () => {
  it('continues in the background: the answer says so, with the number of datasets', () => {
    const route = imageArtist.routes.find(({ verb }) => verb === 'PUT');
    const path = { old_owner_id: 'u1', new_owner_id: 'u2' };
    const asked: DialectRequest = { path, query: new URLSearchParams(), base: '', headers: {}, body: {} };
    const job = { job: 'j1', total: 9_000, moved: 2_000, failed: 0, skipped: 0 };
    const said = (state: string) => route?.answer({ ...job, state } as never, asked, undefined).body;
    expect(said('running')).toEqual({ ...path, changed: 9_000, state: 'running', job: 'j1' });
    expect(said('done')).toEqual({ ...path, changed: 2_000, job: 'j1' });
  });
});

describe('an almost valid request', () => {
  it('is answered in the format of the Datastore API, and changes nothing', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    for (const [path, verbs] of [
      ['/change_owner', ['GET', 'POST', 'PUT', 'DELETE']],
      [`/change_owner/${old.id}`, ['GET', 'POST', 'PUT', 'PATCH']],
      [`/change_owner/${old.id}/${fresh.id}/all`, ['POST', 'PUT']],
      [`/change_owner//${old.id}/${fresh.id}`, ['POST', 'PUT']],
      [`//change_owner/${old.id}/${fresh.id}`, ['POST', 'PUT']],
      [`/change_owner/${old.id}//${fresh.id}`, ['POST', 'PUT']],
      [`/datasets/${datasets[0]}`, ['GET', 'POST', 'DELETE']],
    ] as const) {
      for (const verb of verbs) {
        const reply = await portal.ask(verb, path, { ...adm, ...(verb === 'GET' ? {} : { body: {} }) });
        expect([verb, path, reply.status, reply.body]).toEqual([verb, path, 404, { detail: 'Not Found' }]);
      }
    }
    const wrongVerb = await portal.ask('POST', `/change_owner/${old.id}/${fresh.id}`, { ...adm, body: {} });
    expect([wrongVerb.status, wrongVerb.body]).toEqual([405, { detail: 'Method Not Allowed' }]);
    expect(await ownersOf(datasets)).toEqual([[old.name], [old.name], [old.name]]);
  });

  it('may begin with /datastore, where Image Artist has this interface', async () => {
    const [old, fresh] = [await user(), await user()];
    await dataset(old.name);
    expect((await portal.ask('PUT', `/datastore/change_owner/${old.id}/${fresh.id}`, adm)).body.changed).toBe(3);
    expect((await portal.ask('GET', `/datastore/datasets/?owner=${fresh.id}`, adm)).body.datasets).toHaveLength(3);
    const [unknown, wrongVerb] = [
      await portal.ask('PUT', `/datastore/change_owner/${old.id}`, adm),
      await portal.ask('POST', `/datastore/change_owner/${old.id}/${fresh.id}`, { ...adm, body: {} }),
    ];
    expect([unknown.status, unknown.body]).toEqual([404, { detail: 'Not Found' }]);
    expect([wrongVerb.status, wrongVerb.headers.get('allow')]).toEqual([405, 'PUT']);
  });

  it('is refused in words about the request', async () => {
    const reply = await portal.ask('GET', `/datasets?owner=${(await user()).id}&limit=0`, adm);
    expect([reply.status, reply.body]).toEqual([400, { detail: 'limit must be at least 1' }]);
  });

  it('may end in a slash, and unknown parameters are not ignored', async () => {
    const [old, fresh] = [await user(), await user()];
    const { datasets } = await dataset(old.name);
    for (const query of ['?dry_run=true', `?dataset=${datasets[0]}`, '?types=plate']) {
      const reply = await portal.ask('PUT', `/change_owner/${old.id}/${fresh.id}${query}`, adm);
      expect([query, reply.status, reply.body.detail]).toEqual([
        ...[query, 400],
        expect.stringContaining('There is no parameter'),
      ]);
    }
    expect(await ownersOf(datasets)).toEqual([[old.name], [old.name], [old.name]]);
    expect((await portal.ask('GET', `/datasets?owner=${old.id}&type=plate`, adm)).status).toBe(400);
    expect((await portal.ask('PUT', `/change_owner/${old.id}/${fresh.id}/`, adm)).body.changed).toBe(3);
    expect((await portal.ask('GET', `/datasets/?owner=${fresh.id}`, adm)).body.datasets).toHaveLength(3);
  });

  it('without a valid token is answered with the kind that is needed', async () => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }, { authorization: 'Basic YTpi' }]) {
      for (const [verb, path] of [
        ['PUT', '/change_owner/a/b'],
        ['GET', '/datasets?owner=a'],
      ] as const) {
        const reply = await portal.ask(verb, path, { headers });
        expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
        expect(reply.body).toEqual({ detail: expect.any(String) });
      }
    }
  });
});

describe('a deleted owner', () => {
  it('is shown as such, and users to whom they gave access keep it', async () => {
    const [old, reader, other] = [await user(), await user(), await user()];
    const { datasets } = await dataset(old.name);
    const grants = [{ accountType: 'User', account: reader.name, level: 'read' }];
    await portal.run('setAcl', { id: datasets[1], mode: 'merge', grants });
    await portal.run('deleteUser', undefined, old.name);
    const seenBy = async (who: string) =>
      (await portal.ask('GET', `/datasets?owner=${old.id}`, bearer(who))).body.datasets.map(
        ({ id, owner_name }: { id: string; owner_name: string }) => [id, owner_name],
      );
    expect(await seenBy(reader.name)).toEqual([[datasets[1], `Deleted (${old.name})`]]);
    expect(await seenBy(other.name)).toEqual([]);
  });
});

describe('GET /datasets?owner={id}', () => {
  it('shows the datasets of an owner, a page at a time, and to a user only those that they may read', async () => {
    const [owner, other] = [await user(), await user()];
    const { datasets } = await dataset(owner.name);
    const first = (await portal.ask('GET', `/datasets?owner=${owner.id}&limit=2`, adm)).body;
    const second = (await portal.ask('GET', `/datasets?owner=${owner.id}&limit=2&cursor=${first.next}`, adm)).body;
    const all = [...first.datasets, ...second.datasets];
    expect(all.map((d) => d.id).sort()).toEqual([...datasets].sort());
    expect(all.find((d) => d.type === 'plate')).toEqual({
      id: datasets[1],
      type: 'plate',
      name: 'a plate',
      parent_id: datasets[0],
      owner_id: owner.id,
      owner_name: owner.name,
    });
    expect(second).not.toHaveProperty('next');
    const list = async (who: string) => (await portal.ask('GET', `/datasets?owner=${owner.id}`, bearer(who))).body;
    expect(await list(owner.name)).toMatchObject({ datasets: [{}, {}, {}] });
    expect(await list(other.name)).toEqual({ datasets: [] });
  });

  it('needs an existing owner', async () => {
    expect((await portal.ask('GET', '/datasets', adm)).status).toBe(400);
    expect((await portal.ask('GET', '/datasets?owner=nobody', adm)).status).toBe(404);
    expect((await portal.ask('GET', '/datasets?owner=nobody')).status).toBe(401);
  });
});
