import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Address, pathOf } from '../../src/domain/systems/iiif/address.ts';
import { type IiifType, isIiifType } from '../../src/domain/systems/iiif/kinds.ts';
import { forests, type Tree } from '../domain/access/forest.ts';
import * as reference from '../domain/access/reference.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import { type Account, jwt, newAdmin, newStaff } from '../server/dialects/iiifStaff.ts';
import { openPortal, type Portal } from '../server/dialects/portal.ts';
import { counted } from '../support/long.ts';

const NO_PERMISSION = "You don't have the necessary permission to perform this action. Please contact your admin.";

describe('A21: what hangs below the root of a deletion in IIIF', () => {
  let portal: Portal;
  let adm: Account;
  let al: Account;
  let bo: Account;
  beforeAll(async () => {
    portal = await openPortal();
    adm = await newAdmin(portal, 'adm');
    al = await newStaff(portal, adm, 'al');
    bo = await newStaff(portal, adm, 'bo');
  });
  afterAll(() => portal[Symbol.asyncDispose]());

  let count = 0;
  const fresh = (name: string) => `${name}${++count}`;
  const as = (who: Account, verb: string, path: string, body?: unknown) =>
    portal.ask(verb, path, { ...(body === undefined ? {} : { body }), ...jwt(who.token) });
  const status = async (path: string) => (await portal.ask('GET', path)).status;
  const stored = () => portal.contents('resources');

  /** A manifest of `al` in a collection of `al`'s. */
  async function embedded() {
    const [book, name] = [fresh('b'), fresh('c')];
    const manifest = { '@id': `${portal.url}/${book}/manifest`, label: book };
    const collection = { '@id': `${portal.url}/collections/${name}`, label: name, manifests: [manifest] };
    expect((await as(al, 'POST', `/${book}/manifest`, { manifest })).status).toBe(201);
    expect((await as(al, 'POST', '/collections', { collection })).status).toBe(201);
    return { manifest: `/${book}/manifest`, collection: `/collections/${name}`, atId: manifest['@id'] };
  }

  const owners = async (path: string, ownedBy: readonly string[]) =>
    expect((await as(adm, 'PUT', path, { manifest: { ownedBy } })).status).toBe(200);

  it('is not deleted where several own it', async () => {
    const { manifest, collection } = await embedded();
    await owners(manifest, ['al', 'bo']);
    const before = await stored();
    const reply = await as(al, 'DELETE', collection);
    expect([reply.status, reply.body.responseBody.error]).toEqual([
      401,
      `User al may not delete manifest ${manifest} below collection ${collection}; nothing was deleted`,
    ]);
    expect(await stored()).toEqual(before);
  });

  it('is not deleted where only administrators may write to it', async () => {
    const { manifest, collection } = await embedded();
    await owners(manifest, []);
    const before = await stored();
    expect((await as(al, 'DELETE', collection)).status).toBe(401);
    expect(await stored()).toEqual(before);
    expect((await as(adm, 'DELETE', collection)).status).toBe(204);
    expect([await status(manifest), await status(collection)]).toEqual([404, 404]);
  });

  it("is not deleted where it is somebody else's, and all that stands against it is counted", async () => {
    const { manifest, collection } = await embedded();
    await owners(manifest, ['bo']);
    const name = fresh('c');
    const inner = { '@id': `${portal.url}/collections/${name}`, '@type': 'sc:Collection', label: name };
    expect((await as(al, 'PUT', collection, { collection: { collections: [inner] } })).status).toBe(200);
    const given = { type: 'collection', object: inner['@id'], ownedBy: ['bo'] };
    await portal.run('setOwnedBy', given);
    const before = await stored();
    const reply = await as(al, 'DELETE', collection);
    expect(reply.status).toBe(401);
    expect(reply.body.responseBody.error).toMatch(
      /^User al may not delete .* and 1 more below .*; nothing was deleted$/,
    );
    expect(await stored()).toEqual(before);
  });

  it('stays, without the link, where it also hangs below something that stays', async () => {
    const { manifest, collection, atId } = await embedded();
    const other = fresh('c');
    const second = { '@id': `${portal.url}/collections/${other}`, label: other, manifests: [{ '@id': atId }] };
    expect((await as(al, 'POST', '/collections', { collection: second })).status).toBe(201);
    await owners(manifest, ['al', 'bo']);
    expect((await as(al, 'DELETE', collection)).status).toBe(204);
    expect(await status(manifest)).toBe(200);
    const { manifests } = (await portal.ask('GET', `/collections/${other}`)).body;
    expect(manifests).toMatchObject([{ '@id': atId }]);
  });

  it('is not changed by what is sent with the root, nor renamed by who may only write to it', async () => {
    const { manifest, collection, atId } = await embedded();
    await owners(manifest, ['bo']);
    const before = await stored();
    const reply = await as(al, 'PUT', collection, { collection: { manifests: [{ '@id': atId, label: 'Mine' }] } });
    expect([reply.status, reply.body.responseBody.error]).toEqual([422, NO_PERMISSION]);
    expect(await stored()).toEqual(before);
    const grants = [{ accountType: 'User', account: 'al', level: 'write' }];
    await portal.run('setAcl', { type: 'manifest', externalId: atId, grants });
    expect((await as(al, 'PUT', manifest, { manifest: { label: 'Ours' } })).status).toBe(200);
    const moved = { '@id': `${portal.url}/${fresh('b')}/manifest` };
    expect((await as(al, 'PUT', manifest, { manifest: moved })).status).toBe(401);
    expect((await as(bo, 'PUT', manifest, { manifest: moved })).status).toBe(200);
    expect(await status(manifest)).toBe(404);
  });
});

describe('A21: in random trees of random owners', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const persons = fc.constantFrom('ann', 'bea', 'cec', 'dan');
  const BASE = 'https://iiif.example.org';
  let n = 0;

  type Stored = Tree & { readonly data?: string; readonly externalId?: string; readonly modifiedAt: Date };

  /** Puts a forest that was drawn into the database, under ids of its own. */
  async function planted(drawn: readonly Tree[]): Promise<Stored[]> {
    n += 1;
    const rename = (id: string) => `${n}-${id}`;
    const forest = drawn.map((tree): Stored => {
      const place = isIiifType(tree.type) ? { externalId: pathOf(addressOf(tree.type, rename(tree._id))) } : {};
      const ids = { _id: rename(tree._id), parents: tree.parents.map(rename) };
      return { ...tree, ...place, ...ids, modifiedAt: new Date(0) };
    });
    const documents = forest.map((tree) => ({ ...tree, createdAt: new Date(0) }));
    await world.database.db.collection('resources').insertMany(documents as never);
    return forest;
  }

  function addressOf(type: IiifType, name: string): Address {
    if (type === 'collection') return { type, name };
    return type === 'manifest' ? { type, identifier: name } : { type, identifier: `${n}-book`, name };
  }

  async function presentOf(forest: readonly Stored[]): Promise<Map<string, Stored>> {
    const found = await world.contents('resources');
    const ids = new Set(forest.map(({ _id }) => _id));
    return new Map((found as unknown as Stored[]).filter(({ _id }) => ids.has(_id)).map((tree) => [tree._id, tree]));
  }

  /**
   * Nothing that was there changed over which the rules, asked of it alone, would refuse this user: what is gone they
   * might have deleted, what is another they might have written to. What hung below something that is gone may only
   * have lost that.
   */
  async function assertEachAllowed(user: string, before: readonly Stored[]): Promise<number> {
    const person = { user, roles: [], friends: [] };
    const now = await presentOf(before);
    let changed = 0;
    for (const tree of before) {
      const after = now.get(tree._id);
      if (after === undefined) {
        expect([tree, reference.may(person, 'delete', tree)]).toEqual([tree, true]);
        changed += 1;
        continue;
      }
      const { name, externalId, data, visibility, owners, grants } = after;
      const remaining = tree.parents.filter((id) => now.has(id));
      const as = (t: Stored) => [t.name, t.externalId, t.data, t.visibility, t.owners, t.grants];
      const same = JSON.stringify([name, externalId, data, visibility, owners, grants]) === JSON.stringify(as(tree));
      if (same && JSON.stringify(after.parents) === JSON.stringify(remaining)) continue;
      expect([tree, reference.may(person, 'write', tree)]).toEqual([tree, true]);
      expect([owners, grants]).toEqual([tree.owners, tree.grants]);
      changed += 1;
    }
    return changed;
  }

  it('a user who deletes a root deletes nothing that they could not delete by itself', async () => {
    const seen = { refused: 0, carriedOut: 0 };
    await fc.assert(
      fc.asyncProperty(forests, persons, fc.nat(), async (drawn, user, pick) => {
        const forest = await planted(drawn);
        const root = forest[pick % forest.length] as Stored;
        const external = isIiifType(root.type);
        const iiif = { base: BASE, ...(external ? addressOf(root.type as IiifType, root._id) : {}) };
        const call =
          external && pick % 2 === 0
            ? world.call(user, 'Iiif.delete_object', iiif)
            : world.call(user, 'Resource.delete', { id: root._id, recursive: true });
        const done = await call.then(
          () => true,
          ({ reason }) => {
            expect(['permission_denied', 'owned_by_many', 'not_all_deletable']).toContain(reason);
            return false;
          },
        );
        const changed = await assertEachAllowed(user, forest);
        if (done) expect(changed).toBeGreaterThan(0);
        else expect(changed).toBe(0);
        seen[done ? 'carriedOut' : 'refused'] += 1;
      }),
      counted(1_000, 30),
    );
    expect(seen.carriedOut).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  it('a user who moves or updates one, or sends a tree with it, changes nothing that they could not by itself', async () => {
    const seen = { refused: 0, carriedOut: 0 };
    await fc.assert(
      fc.asyncProperty(
        forests,
        persons,
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        async (drawn, user, picks) => {
          const forest = await planted(drawn);
          const [root, other] = picks.map((pick) => forest[pick % forest.length]) as [Stored, Stored];
          const call = isIiifType(root.type)
            ? world.call(user, 'Iiif.update_object', updateOf(root, forest))
            : (picks[2] ?? 0) % 2 === 0
              ? world.call(user, 'Resource.move', { id: root._id, parents: [other._id] })
              : world.call(user, 'Resource.update', { id: root._id, name: 'another', data: { more: 1 } });
          const done = await call.then(
            () => true,
            (error) => {
              expect(error.reason, String(error.stack)).toBeTypeOf('string');
              return false;
            },
          );
          const changed = await assertEachAllowed(user, forest);
          if (!done) expect(changed).toBe(0);
          seen[done ? 'carriedOut' : 'refused'] += 1;
        },
      ),
      counted(1_000, 30),
    );
    expect(seen.carriedOut).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  const FIELDS: Readonly<Partial<Record<IiifType, Readonly<Partial<Record<string, string>>>>>> = {
    collection: { collection: 'collections', manifest: 'manifests' },
    manifest: { sequence: 'sequences', range: 'structures' },
    sequence: { canvas: 'canvases' },
    canvas: { annotation: 'images', list: 'otherContent' },
    list: { annotation: 'resources' },
    range: { canvas: 'canvases', range: 'ranges' },
    layer: { list: 'otherContent' },
  };

  /** A PUT of this object that carries every other one which it could carry, with new labels. */
  function updateOf(root: Stored, forest: readonly Stored[]) {
    const children: Record<string, unknown[]> = {};
    for (const { type, externalId, _id } of forest) {
      const field = FIELDS[root.type as IiifType]?.[type];
      if (field === undefined || _id === root._id) continue;
      children[field] = [...(children[field] ?? []), { '@id': externalId, label: `new ${_id}`, ownedBy: ['ann'] }];
    }
    return { base: BASE, ...addressOf(root.type as IiifType, root._id), object: { label: 'another', ...children } };
  }
});
