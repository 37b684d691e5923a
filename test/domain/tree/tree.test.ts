import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListResources, ResourceView } from '../../../src/base/schemas/generated.ts';
import { typesOf } from '../../../src/domain/resources/types.ts';
import { openWorld, type World } from '../workspaces/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const user = (owner: string) => ({ accountType: 'User', owner });
const role = (owner: string) => ({ accountType: 'ApplicationRole', owner });

async function make(type: string, more: object = {}, as?: string): Promise<ResourceView> {
  return (await world.run('createResource', { type, name: type, ...more }, as)) as ResourceView;
}
const get = async (id: string) => (await world.run('getResource', { id })) as ResourceView;
const list = async (query: object, as?: string) =>
  (await world.run('listResources', query, as)) as ListResources['result'];
const idsOf = ({ resources }: ListResources['result']) => resources.map((r) => r.id);

describe('a new resource', () => {
  it('has its owner, the visibility of its type, and the stamp of the user for whom it is made', async () => {
    const made = await make('plate', { owners: [user('ann')], externalId: 'P1', data: { wells: 384 } });
    expect(made).toEqual({
      id: expect.stringMatching(/^res-[0-9a-f-]{36}$/),
      type: 'plate',
      name: 'plate',
      externalId: 'P1',
      parents: [],
      owners: [{ accountType: 'User', owner: 'ann', id: 'ann' }],
      visibility: 'private',
      stamp: { id: 'ann', name: 'ann' },
      data: { wells: 384 },
      created: expect.any(String),
      modified: made.created,
    });
    expect(await world.run('getResource', { type: 'plate', externalId: 'P1' })).toEqual(made);
    // Without an external id, the id is used.
    expect(await world.run('getResource', { type: 'plate', externalId: made.id })).toEqual(made);
  });

  it('belongs to its maker if its type needs an owner and none is named', async () => {
    expect((await make('block')).owners).toEqual([user('boss')].map((o) => ({ ...o, id: 'boss' })));
    expect((await make('block', {}, 'bea')).owners).toMatchObject([user('bea')]);
    // Administrators may make IIIF objects without owners; users own what they make.
    expect(await make('manifest')).toMatchObject({ owners: [], visibility: 'public' });
    expect((await make('manifest', {}, 'bea')).owners).toMatchObject([user('bea')]);
  });

  it.each([
    ['plate', { owners: [user('ann'), user('bea')] }, 'A resource of type plate has exactly 1 owner, not 2'],
    ['plate', { owners: [role('crew')] }, 'A resource of type plate is not owned by roles'],
    [
      'workbooks',
      { owners: [role('crew')], externalId: '/@default/x' },
      'A role can only own a resource of type workbooks whose external id begins with /@Catalog/',
    ],
    ['workbooks', { owners: [role('nobody')], externalId: '/@Catalog/x' }, 'Role nobody does not exist'],
    ['workbooks', { owners: [user('nobody')] }, 'User nobody is not a valid user'],
    ['resultFile', {}, 'A resource of type resultFile needs a parent'],
    ['resultFile', { parents: ['res-none'] }, 'There is no resource res-none'],
    ['workspace', {}, 'createWorkspace makes workspaces'],
    ['plate', { externalId: 'ws1' }, 'externalId must not look like an id of this service'],
  ])('of type %s with %j is refused', async (type, more, said) => {
    if ((await list({ type: 'folders', owner: 'role:crew' }).catch(() => undefined)) === undefined) {
      await world.run('createRole', { name: 'crew', members: ['ann'] });
    }
    expect(await world.message('createResource', { type, name: 'x', ...more })).toBe(said);
  });

  it('of every type can be made below its possible parents', async () => {
    const plate = await make('plate', { owners: [user('ann')] });
    const section = await make('section');
    const property = await make('property', { parents: [section.id] });
    const parentOf: Record<string, string> = { property: section.id, value: property.id };
    for (const type of [...typesOf('oracle'), ...typesOf('iiif'), ...typesOf('gnode'), ...typesOf('imageArtist')]) {
      const parent = parentOf[type] ?? (type.endsWith('File') ? plate.id : undefined);
      const made = await make(type, parent === undefined ? {} : { parents: [parent] });
      expect(await get(made.id)).toEqual(made);
    }
  });

  it('has an external id that is unique within its type, and free in another', async () => {
    await make('event', { externalId: 'same' });
    expect(await world.message('createResource', { type: 'event', name: 'x', externalId: 'same' })).toBe(
      'There is already a resource of type event with the id same',
    );
    await make('epoch', { externalId: 'same' });
    const { id } = await make('event');
    expect(await world.message('updateResource', { id, newExternalId: 'same' })).toMatch(/already a resource/);
    expect(await world.run('updateResource', { id, newExternalId: 'other' })).toMatchObject({ externalId: 'other' });
  });

  it('a file has a stamp, and no owner or rights of its own', async () => {
    const plate = await make('plate', { owners: [user('ann')] });
    const file = await make('resultFile', { parents: [plate.id], owners: [user('bea')] });
    expect(file).toMatchObject({ owners: [], stamp: { id: 'bea', name: 'bea' } });
    expect(await world.run('getResource', { id: file.id }, 'ann')).toEqual(file);
    // The maker has no right to it.
    expect(await world.message('getResource', { id: file.id }, 'bea')).toBe(
      `User bea may not read resultFile ${file.id}`,
    );
    await world.run('renameUser', { newName: 'beate' }, 'bea');
    expect((await get(file.id)).stamp).toEqual({ id: 'bea', name: 'bea' });
    await world.run('renameUser', { newName: 'bea' }, 'beate');
  });
});

describe('a list', () => {
  it('is by owner, type, parent and prefix of the external id, a page at a time', async () => {
    const top = await make('folders', { owners: [user('cec')], externalId: '/@Catalog/shared/Sales' });
    const below = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const more = { parents: [top.id], externalId: `/@Catalog/shared/Sales/${name}`, owners: [user('cec')] };
      below.push((await make('workbooks', more)).id);
    }
    await make('workbooks', { externalId: '/@Catalog/shared/Salesforce', owners: [user('dan')] });
    await world.run('createWorkspace', { workspace: 'cecs' }, 'cec');
    expect(new Set(idsOf(await list({ parent: top.id })))).toEqual(new Set(below));
    expect(idsOf(await list({ pathPrefix: '/@Catalog/shared/Sales/' }))).toEqual(below);
    expect((await list({ type: 'workbooks', owner: 'cec' })).resources).toHaveLength(5);
    for (const query of [{ owner: 'cec' }, { pathPrefix: '/@Catalog/shared/' }, { type: 'workbooks' }, {}]) {
      const whole = idsOf(await list({ ...query, limit: 1000 }));
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const page: ListResources['result'] = await list({ ...query, limit: 2, ...(cursor ? { cursor } : {}) });
        paged.push(...idsOf(page));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(paged).toEqual(whole);
    }
    const own = await list({ owner: 'cec' });
    expect(own.resources.at(-1)).toMatchObject({ type: 'workspace', name: 'cecs', parents: [] });
    expect(own.resources).toHaveLength(7);
  });

  it('shows users only what they may read', async () => {
    const mine = await make('block', { owners: [user('dan')] });
    const shared = await make('block', { owners: [user('ann')] });
    const byRole = await make('block', { owners: [user('ann')] });
    const friendly = await make('block', { owners: [user('ann')], visibility: 'friendly' });
    const open = await make('block', { owners: [user('ann')], visibility: 'public' });
    await make('block', { owners: [user('ann')] });
    await world.run('createRole', { name: 'dans', members: ['dan'] });
    await world.run('addFriend', { friend: 'dan' }, 'ann');
    const grant = (id: string, more: object) => world.run('setAcl', { id, grants: [{ level: 'read', ...more }] });
    await grant(shared.id, { accountType: 'User', account: 'dan' });
    await grant(byRole.id, { accountType: 'ApplicationRole', account: 'dans' });
    const seen = [mine, shared, byRole, friendly, open].map((r) => r.id);
    expect(new Set(idsOf(await list({ type: 'block' }, 'dan')))).toEqual(new Set(seen));
    for (const id of seen) await world.run('getResource', { id }, 'dan');
    const asAnybody = (await world.call(null, 'Resource.list', { type: 'block' })) as ListResources['result'];
    expect(idsOf(asAnybody)).toEqual([open.id]);
  });

  it('of the children of a resource includes those without rights of their own', async () => {
    const plate = await make('plate', { owners: [user('ann')] });
    const file = await make('analysisFile', { parents: [plate.id] });
    const other = await make('measurement', { parents: [plate.id], owners: [user('bea')] });
    expect(idsOf(await list({ parent: plate.id }, 'ann'))).toEqual([file.id]);
    expect(new Set(idsOf(await list({ parent: plate.id })))).toEqual(new Set([file.id, other.id]));
    expect(await world.message('listResources', { parent: plate.id }, 'bea')).toBe(
      `User bea may not read plate ${plate.id}`,
    );
  });

  it('refuses a cursor of another query', async () => {
    const { next } = await list({ limit: 1 });
    for (const cursor of [next, 'x', Buffer.from('["_id","tree",{"$gt":""}]').toString('base64url')]) {
      const said = await world.message('listResources', { cursor, pathPrefix: '/' });
      expect(said).toBe('cursor must be the `next` of a page of the same query (of resources)');
    }
  });
});

describe('a move', () => {
  it('includes everything below, and never makes a cycle', async () => {
    const [a, b, c] = [await make('folders'), await make('folders'), await make('folders')];
    await world.run('moveResource', { id: b.id, parents: [a.id] });
    await world.run('moveResource', { id: c.id, parents: [b.id] });
    expect(await world.message('moveResource', { id: a.id, parents: [c.id] })).toBe(
      `folders ${a.id} cannot be a child of folders ${c.id}, which is below it`,
    );
    expect(await world.message('moveResource', { id: a.id, parents: [a.id] })).toMatch(/cannot be a child of/);
    expect(await world.run('moveResource', { id: c.id, parents: [] })).toMatchObject({ parents: [] });
    expect((await world.run('moveResource', { id: a.id, parents: [c.id] })) as ResourceView).toMatchObject({
      parents: [c.id],
    });
  });

  it('of IIIF objects allows several parents, and cycles that do no harm', async () => {
    const [top, sub] = [await make('collection'), await make('collection')];
    const shared = await make('manifest', { parents: [top.id, sub.id] });
    await world.run('moveResource', { id: sub.id, parents: [top.id] });
    await world.run('moveResource', { id: top.id, parents: [sub.id] });
    expect(shared.parents).toEqual([top.id, sub.id]);
    const change = { id: top.id, cascade: true, visibility: 'private' };
    const { changed } = (await world.run('setAcl', change)) as { changed: string[] };
    expect(new Set(changed)).toEqual(new Set([top.id, sub.id, shared.id]));
    const { deleted } = (await world.run('deleteResource', { id: top.id, recursive: true })) as { deleted: string[] };
    expect(new Set(deleted)).toEqual(new Set([top.id, sub.id, shared.id]));
  });

  it.each([
    [['a', 'b'], 'A resource of type plate has one parent, not 2'],
    [['a'.repeat(101)], /have at most 100 characters/],
    [Array.from({ length: 100_000 }, (_, i) => `res-${i}`), /have at most 100 items/],
  ])('below an impossible parent is refused', async (parents, said) => {
    const { id } = await make('plate');
    expect(await world.message('moveResource', { id, parents })).toMatch(said);
  });

  it('as a user needs the right to write to both parents', async () => {
    const [ours, theirs] = [await make('folders', {}, 'ann'), await make('folders', {}, 'bea')];
    const book = (await world.call('ann', 'Resource.create', {
      type: 'workbooks',
      name: 'b',
      parents: [ours.id],
    })) as ResourceView;
    const move = { id: book.id, parents: [theirs.id] };
    expect((await world.fails('ann', 'Resource.move', move)).message).toBe(
      `User ann may not write to folders ${theirs.id}`,
    );
    await world.run('setAcl', { id: theirs.id, grants: [{ accountType: 'User', account: 'ann', level: 'write' }] });
    expect(await world.call('ann', 'Resource.move', move)).toMatchObject({ parents: [theirs.id] });
    await world.run('setAcl', { id: theirs.id, grants: [] });
    expect((await world.fails('ann', 'Resource.move', { id: book.id, parents: [] })).reason).toBe('permission_denied');
  });
});

describe('a deletion', () => {
  it('of a resource with children is refused unless it is recursive', async () => {
    const folder = await make('folders');
    const sub = await make('folders', { parents: [folder.id] });
    const book = await make('workbooks', { parents: [sub.id] });
    expect(await world.message('deleteResource', { id: folder.id })).toBe(`folders ${folder.id} has 1 below it`);
    expect(await world.run('deleteResource', { id: folder.id, recursive: true })).toEqual({
      deleted: [folder.id, sub.id, book.id],
      detached: [],
    });
    expect(await world.message('getResource', { id: book.id })).toBe(`There is no resource ${book.id}`);
  });

  it('leaves what also has other parents', async () => {
    const [one, two] = [await make('collection'), await make('collection')];
    const both = await make('manifest', { parents: [one.id, two.id] });
    const below = await make('sequence', { parents: [both.id] });
    expect(await world.run('deleteResource', { id: one.id, recursive: true })).toEqual({
      deleted: [one.id],
      detached: [both.id],
    });
    expect(await get(both.id)).toMatchObject({ parents: [two.id] });
    expect(await get(below.id)).toMatchObject({ parents: [both.id] });
  });

  it('as a user deletes nothing of others', async () => {
    const screen = await make('screen', {}, 'ann');
    const plate = await make('plate', { parents: [screen.id], owners: [user('bea')] });
    const remove = { id: screen.id, recursive: true };
    expect((await world.fails('ann', 'Resource.delete', remove)).message).toBe(
      `User ann may not delete plate ${plate.id} below screen ${screen.id}; nothing was deleted`,
    );
    expect(await get(screen.id)).toBeDefined();
    expect(await world.run('deleteResource', remove)).toMatchObject({ deleted: [screen.id, plate.id] });
  });

  it('is allowed for writers in G-Node, for the only owner in IIIF, and else for the owner', async () => {
    const grants = [{ accountType: 'User', account: 'bea', level: 'write' }];
    for (const [type, reason] of [
      ['block', undefined],
      ['plate', 'permission_denied'],
      ['manifest', 'permission_denied'],
    ]) {
      const { id } = await make(String(type), { owners: [user('ann')] });
      await world.run('setAcl', { id, grants });
      if (reason === undefined) await world.call('bea', 'Resource.delete', { id });
      else expect((await world.fails('bea', 'Resource.delete', { id })).reason).toBe(reason);
    }
    const shared = await make('manifest', { owners: [user('ann'), user('bea')] });
    expect((await world.fails('ann', 'Resource.delete', { id: shared.id })).message).toBe(
      `manifest ${shared.id} is owned by several: none of them may delete it alone`,
    );
    await world.call('ann', 'Resource.update', { id: shared.id, name: 'ours' });
  });
});

describe('as oneself', () => {
  it('users make nothing in the name of another, and read nothing that is not theirs', async () => {
    const theirs = { type: 'block', name: 'x', owners: [user('bea')] };
    expect((await world.fails('ann', 'Resource.create', theirs)).reason).toBe('permission_denied');
    const made = (await world.call('ann', 'Resource.create', { type: 'block', name: 'x' })) as ResourceView;
    expect(made.owners).toEqual([{ accountType: 'User', owner: 'ann', id: 'ann' }]);
    for (const who of ['bea', 'boss', null]) {
      expect((await world.fails(who, 'Resource.get', { id: made.id })).reason).toBe('permission_denied');
    }
    expect((await world.fails(null, 'Resource.create', { type: 'block', name: 'x' })).reason).toBe('token_missing');
    expect((await world.fails('ann', 'Resource.get', { id: made.id, extra: 1 })).reason).toBe('invalid_params');
    expect((await world.fails('ann', 'Resource.get', { id: made.id, type: 'block', externalId: 'x' })).message).toBe(
      'A resource is named by id, or by type and externalId',
    );
  });

  it('a workspace is shown and shared as a resource, but made and changed by its own commands', async () => {
    await world.run('createWorkspace', { workspace: 'annsown' }, 'ann');
    const { resources } = await list({ type: 'workspace', owner: 'ann' });
    const [{ id } = { id: '' }] = resources.filter((r) => r.name === 'annsown');
    expect(await get(id)).toMatchObject({ type: 'workspace', name: 'annsown', owners: [{ owner: 'ann' }] });
    for (const [command, more] of [
      ['updateResource', { name: 'x' }],
      ['moveResource', { parents: [] }],
      ['deleteResource', {}],
    ] as const) {
      expect((await world.refused('boss', { command, params: { id, ...more } })).reason).toBe('invalid_params');
    }
    await world.call('ann', 'Resource.set_acl', {
      id,
      grants: [{ accountType: 'User', account: 'bea', level: 'write' }],
    });
    const [number] = [Number(id.slice(2))];
    expect(await world.run('getPermissions', { id: number })).toEqual({ ann: 'a', bea: 'w' });
    await world.run('setAcl', { id, visibility: 'public' });
    await world.run('lockWorkspace', { id: number });
    expect((await world.refused('boss', { command: 'setAcl', params: { id, visibility: 'private' } })).reason).toBe(
      'workspace_locked',
    );
    await world.run('unlockWorkspace', { id: number });
    await world.run('deleteWorkspace', { id: number });
    expect(await world.message('getResource', { id })).toBe(`There is no resource ${id}`);
  });
});
