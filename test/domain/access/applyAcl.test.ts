import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyAcl, readTarget } from '../../../src/domain/access/applyAcl.ts';
import { bytesOfGrants, withAcl, withGrants, withoutRoom } from '../../../src/domain/access/grants.ts';
import { setAclMass } from '../../../src/domain/access/setAclMass.ts';
import { type AclRequest, wantedAcl } from '../../../src/domain/access/wantedAcl.ts';
import type { Grant, Resource } from '../../../src/domain/resources/resource.ts';
import type { Authority } from '../../../src/identity/authority.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';
import { transactRecorded } from '../../support/recorded.ts';
import { openWorld, type World } from '../workspaces/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const user = (_id: string, roles: readonly string[] = []): Authority => {
  const principal = { _id, revision: 1, username: _id, kind: 'person', state: 'active', living: true } as const;
  return mintUser({ ...principal, createdAt: new Date(0) }, { roles, friends: [] }, new Date(0));
};
const to = (principal: string, level: Grant['level'] = 'read'): Grant => ({ principal, level });
const given = (account: string, level?: Grant['level']) => ({
  ...{ accountType: 'User' as const, account },
  ...(level === undefined ? {} : { level }),
});

async function put(...fields: (Partial<Resource> & { number?: number })[]): Promise<string[]> {
  const at = new Date();
  const docs = fields.map((some) => ({
    ...{ _id: `res-${randomUUID()}`, revision: 1, type: 'block', name: 'n', parents: [], owners: ['ann'], grants: [] },
    ...{ visibility: 'private', createdAt: at, modifiedAt: at },
    ...some,
  }));
  const collection = docs[0]?.type === 'workspace' ? 'workspaces' : 'resources';
  await world.database.db.collection(collection).insertMany(docs as never[]);
  return docs.map(({ _id }) => _id);
}
const one = async (fields: Partial<Resource> & { number?: number } = {}) => (await put(fields))[0] as string;

async function stored(id: string): Promise<{ visibility: string; grants: string[] }> {
  const all = [
    ...(await world.contents('resources')),
    ...(await world.contents('workspaces')),
  ] as unknown as Resource[];
  const { visibility, grants } = all.find(({ _id }) => _id === id) as Resource;
  return { visibility, grants: grants.map(({ principal, level }) => `${principal} ${level}`).sort() };
}

/** The change by this authority: what it came to, and who is told. */
const change = (who: Authority, id: string, request: AclRequest) =>
  transactRecorded(world.database, { now: () => new Date() }, async (tx) => {
    const wanted = await wantedAcl(tx, request);
    const by = { tx, authority: who };
    const outcome = await applyAcl(by, await readTarget(by, { id }, wanted), wanted);
    return { ...outcome, notices: tx.notices, remarks: tx.remarks };
  });
const reason = (...args: Parameters<typeof change>) =>
  change(...args).then(
    () => undefined,
    (error) => error.reason,
  );
const message = (...args: Parameters<typeof change>) =>
  change(...args).then(
    () => undefined,
    (error) => error.message,
  );

describe('somebody who has a grant on a resource', () => {
  const shared = () => one({ grants: [to('bea', 'write'), to('role-crew'), to('cec')] });

  it('gives it up, also where a role of theirs has another', async () => {
    const id = await shared();
    await change(user('bea', ['role-crew']), id, { mode: 'remove', grants: [given('bea')] });
    expect((await stored(id)).grants).toEqual(['cec read', 'role-crew read']);
  });

  it.each<[string, AclRequest]>([
    ['raise it', { mode: 'merge', grants: [given('bea', 'admin')] }],
    ['set it to what it is', { mode: 'merge', grants: [given('bea', 'write')] }],
    ["take another's with it", { mode: 'remove', grants: [given('bea'), given('cec')] }],
    ["take another's", { mode: 'remove', grants: [given('cec')] }],
    ['publish it with that', { mode: 'remove', grants: [given('bea')], visibility: 'public' }],
    ['do so below it', { mode: 'remove', grants: [given('bea')], cascade: true }],
    ['take away none', { mode: 'remove', grants: [] }],
    ['replace all', { grants: [] }],
  ])('may not %s', async (_, request) => {
    const id = await shared();
    expect(await reason(user('bea', ['role-crew']), id, request)).toBe('permission_denied');
    expect(await stored(id)).toEqual({ visibility: 'private', grants: ['bea write', 'cec read', 'role-crew read'] });
  });

  it('by a role has no grant of their own to give up', async () => {
    const id = await one({ grants: [to('role-crew')] });
    const own: AclRequest = { mode: 'remove', grants: [given('bea')] };
    expect(await reason(user('bea', ['role-crew']), id, own)).toBe('permission_denied');
    expect(await reason(user('bea'), id, own)).toBe('permission_denied');
  });
});

describe('the rights on a resource', () => {
  it('of users are replaced while roles keep theirs', async () => {
    const id = await one({ grants: [to('bea', 'write'), to('role-crew'), to('cec')] });
    await change(user('ann'), id, { mode: 'replaceUsers', grants: [given('dan', 'admin'), given('cec', 'read')] });
    expect((await stored(id)).grants).toEqual(['cec read', 'dan admin', 'role-crew read']);
    await change(user('ann'), id, { mode: 'replace', grants: [given('dan', 'read')] });
    expect((await stored(id)).grants).toEqual(['dan read']);
  });

  it('are merged, of which only some may change', async () => {
    const id = await one({ grants: [to('bea', 'write'), to('cec')] });
    const { changed } = await change(user('ann'), id, {
      mode: 'merge',
      grants: [given('bea', 'write'), given('cec', 'admin')],
    });
    expect(changed).toEqual([{ id, added: [] }]);
    expect((await stored(id)).grants).toEqual(['bea write', 'cec admin']);
    expect(await change(user('ann'), id, { mode: 'merge', grants: [given('cec', 'admin')] })).toMatchObject({
      ...{ changed: [], unchanged: 1 },
    });
  });

  it('are taken from who is disabled, and given to nobody who is', async () => {
    const id = await one({ grants: [to('dan')] });
    await world.run('disableUser', undefined, 'dan');
    expect(await reason(user('ann'), id, { mode: 'merge', grants: [given('dan', 'read')] })).toBe('recipient_unfit');
    await change(user('ann'), id, { mode: 'remove', grants: [given('dan')] });
    expect((await stored(id)).grants).toEqual([]);
    await world.run('enableUser', undefined, 'dan');
  });

  it('come to what the caller says of the level that somebody holds', async () => {
    const id = await one({ grants: [to('bea', 'admin')] });
    const levelFor = (wanted: Grant, held: Grant['level'] | undefined) =>
      wanted.principal === 'dan' ? undefined : (held ?? wanted.level);
    const grants = [given('bea', 'read'), given('cec', 'write'), given('dan', 'read')];
    await change(user('ann'), id, { mode: 'merge', grants, levelFor, kept: [to('gone', 'write')] });
    expect((await stored(id)).grants).toEqual(['bea admin', 'cec write', 'gone write']);
  });
});

describe('users are told of what is shared with them', () => {
  const text = (what: string) => `You now have a permission of your own on ${what}.`;

  it('by an administrator, or where that is asked for', async () => {
    const grants = [given('bea', 'read'), given('cec', 'read')];
    const [first, second, third] = await put({}, {}, { grants: [to('bea')] });
    const notice = (who: string, id?: string) => ({ to: who, about: 'permissionChanged', text: text(`block ${id}`) });
    expect((await change(mintAdmin(new Date(0)), first as string, { grants })).notices).toEqual([
      notice('bea', first),
      notice('cec', first),
    ]);
    expect((await change(user('ann'), second as string, { grants })).notices).toEqual([]);
    // Who had a grant before is told of nothing.
    const { changed, notices } = await change(user('ann'), third as string, { grants, notify: true });
    expect(changed).toEqual([{ id: third, added: [to('cec')] }]);
    expect(notices).toEqual([notice('cec', third)]);
  });

  it('once, however much of it there is; the members of a role are not', async () => {
    const root = await one({ type: 'section', externalId: 'top' });
    const [block] = await put({ parents: [root] }, { parents: [root], grants: [to('bea')] });
    const role = (await world.run('createRole', { name: 'crew', members: ['dan'] })) as { id: string };
    const crew = { accountType: 'ApplicationRole' as const, account: 'crew', level: 'read' as const };
    const grants = [given('bea', 'read'), given('cec', 'read'), crew];
    const { notices, changed } = await change(mintAdmin(new Date(0)), root, { mode: 'merge', cascade: true, grants });
    expect(changed.find(({ id }) => id === block)?.added).toContainEqual(to(role.id));
    expect(notices.map(({ to: who, text: said }) => [who, said])).toEqual([
      ['bea', text('section top and 1 more below it')],
      ['cec', text('section top and 2 more below it')],
    ]);
  });
});

describe('an owner who is named', () => {
  it('is remarked upon: of one resource, or of several', async () => {
    const root = await one({ type: 'section', externalId: 'owned' });
    const request: AclRequest = { mode: 'merge', grants: [given('ann', 'read')] };
    const said = (more: string) => [`ann owns section owned${more}: no grant is needed there`];
    expect((await change(user('ann'), root, request)).remarks).toEqual(said(''));
    await put({ parents: [root] }, { parents: [root] }, { parents: [root], owners: ['cec'] });
    const { remarks } = await change(mintAdmin(new Date(0)), root, { ...request, cascade: true });
    expect(remarks).toEqual(said(' and 2 more'));
    expect((await change(user('ann'), root, { visibility: 'public' })).remarks).toEqual([]);
  });
});

describe('a cascade that meets what the caller may not change', () => {
  it('names the first of it, and how much more there is', async () => {
    const root = await one({ type: 'section' });
    const [first] = await put({ parents: [root], owners: ['cec'], externalId: 'foreign' });
    const request: AclRequest = { grants: [given('bea', 'read')], cascade: true };
    const said = (more: string) =>
      `User ann may not share block foreign${more} below section ${root}; nothing was changed`;
    expect(await message(user('ann'), root, request)).toBe(said(''));
    const others = ['y', 'z'].map((n) => ({ _id: `res-${first}${n}`, parents: [root], owners: ['cec'] }));
    await put(...others);
    expect(await message(user('ann'), root, request)).toMatch(/ and 2 more below section /);
  });
});

describe('what one cascade comes to is bounded', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => to(`principal ${i}`));
  const bytesEach = bytesOfGrants({ mode: 'replace', grants: [to('principal 0')] });

  it('by what it gives, and by what it replaces', async () => {
    const count = Math.floor(3_000_000 / bytesEach / 10) + 200;
    const root = await one({ type: 'section', externalId: 'large' });
    const children = Array.from({ length: 10 }, () => ({ parents: [root] }));
    const ids = await put(...children);
    const kept = many(count);
    const request: AclRequest = { grants: [], kept, cascade: true };
    expect(await message(mintAdmin(new Date(0)), root, request)).toMatch(
      /^Setting the rights on section large and 10 below it would change \d+ bytes of data, more than 3000000; nothing was changed$/,
    );
    // One resource alone may have as many.
    expect((await change(mintAdmin(new Date(0)), root, { ...request, cascade: false })).changed).toHaveLength(1);
    const grants = many(count);
    await world.database.db
      .collection<{ _id: string }>('resources')
      .updateMany({ _id: { $in: ids } }, { $set: { grants } });
    expect(await reason(mintAdmin(new Date(0)), root, { grants: [], cascade: true })).toBe('change_too_big');
    // Of all these grants only the one that is taken away is read.
    const few: AclRequest = { mode: 'remove', grants: [given('bea')], cascade: true };
    expect(await change(mintAdmin(new Date(0)), root, few)).toMatchObject({ changed: [], unchanged: 11 });
  });
});

describe('many resources at once', () => {
  const mass = (who: Authority, ids: readonly string[], request: AclRequest & { ignoreErrors?: boolean }) =>
    transactRecorded(world.database, { now: () => new Date() }, (tx) =>
      setAclMass(tx, who, { resources: ids.map((id) => ({ id })), ...request }),
    );
  const refusal = (...args: Parameters<typeof mass>) =>
    mass(...args).then(
      () => undefined,
      ({ reason: why, message: said }) => ({ reason: why, message: said }),
    );
  /** About so many megabytes of grants. */
  const megabytes = (count: number) => Array.from({ length: count * 2_800 }, (_, i) => to(`${i} ${'p'.repeat(300)}`));

  it('are given about 3 MB of grants at most, but for one alone', async () => {
    const ids = await put({}, {}, {});
    const request: AclRequest = { grants: [], kept: megabytes(2), mode: 'merge' };
    expect(await refusal(mintAdmin(new Date(0)), ids, { ...request, ignoreErrors: true })).toMatchObject({
      reason: 'change_too_big',
      message: expect.stringMatching(/^Setting the rights on 3 resources would change/),
    });
    expect((await mass(mintAdmin(new Date(0)), ids.slice(0, 1), request)).outcomes[0]?.changed).toHaveLength(1);
  });

  it('have about 3 MB of grants read and replaced at most, but for one alone', async () => {
    const grants = megabytes(2);
    const ids = await put({ grants }, { grants }, { grants: megabytes(3.5) });
    expect(await refusal(mintAdmin(new Date(0)), ids.slice(0, 2), { grants: [], ignoreErrors: true })).toMatchObject({
      reason: 'change_too_big',
      message: expect.stringMatching(/^Setting the rights on 2 resources would change/),
    });
    expect((await mass(mintAdmin(new Date(0)), ids.slice(2), { grants: [] })).outcomes[0]?.changed).toHaveLength(1);
  });

  it('are 5,000 at most with those that cascades reach, changed or not', async () => {
    const root = await one({ type: 'section' });
    await put(...Array.from({ length: 2_499 }, () => ({ parents: [root] })));
    const request: AclRequest = { visibility: 'public', cascade: true };
    const { outcomes } = await mass(mintAdmin(new Date(0)), [root, root], request);
    expect(outcomes.map(({ changed, unchanged }) => [changed?.length, unchanged])).toEqual([
      [2_500, 0],
      [0, 2_500],
    ]);
    expect(await refusal(mintAdmin(new Date(0)), [root, root, root], request)).toEqual({
      ...{ reason: 'too_many_resources', message: 'One call would reach more than 5000 resources' },
    });
  });

  it('are answered with what was left out of each', async () => {
    const root = await one({ type: 'section' });
    const foreign = await one({ parents: [root], owners: ['cec'] });
    const request: AclRequest = { visibility: 'public', cascade: true, unchangeable: 'skip' };
    expect((await mass(user('ann'), [root], request)).outcomes).toEqual([
      { id: root, changed: [root], skipped: [foreign], unchanged: 0 },
    ]);
  });
});

describe('a workspace that is locked', () => {
  let number = 100;
  const workspace = (fields: object) => {
    number += 1;
    const own = { _id: `ws${number}`, type: 'workspace' as const, number, name: `w${number}`, meta: [], locked: false };
    return one({ ...own, ...fields } as never);
  };

  it('may be opened to everybody and not be closed to them, by an administrator neither', async () => {
    const locked = await workspace({ locked: true });
    const open = await workspace({ visibility: 'public' });
    await change(mintAdmin(new Date(0)), locked, { visibility: 'public' });
    expect(await reason(mintAdmin(new Date(0)), locked, { visibility: 'private' })).toBe('workspace_locked');
    expect(await reason(mintAdmin(new Date(0)), locked, { visibility: 'friendly' })).toBe('workspace_locked');
    expect((await stored(locked)).visibility).toBe('public');
    // Its grants change all the same.
    await change(mintAdmin(new Date(0)), locked, { grants: [given('bea', 'read')] });
    expect((await stored(locked)).grants).toEqual(['bea read']);
    await change(mintAdmin(new Date(0)), open, { visibility: 'private' });
    expect((await stored(open)).visibility).toBe('private');
  });

  it('and closed to them by now changes as others do', async () => {
    const locked = await workspace({ locked: true });
    await change(mintAdmin(new Date(0)), locked, { grants: [given('bea', 'read')], visibility: 'private' });
    expect((await stored(locked)).grants).toEqual(['bea read']);
  });
});

describe('grants', () => {
  const FOR_EVER = { at: new Date(0), end: undefined, what: 'it' };

  it('of several principals are set to one level, or withdrawn', () => {
    const before = [to('a', 'admin'), to('b'), to('c')];
    expect(withGrants(before, ['b', 'd'], [to('b', 'write'), to('d', 'write')])).toEqual([
      to('a', 'admin'),
      to('c'),
      to('b', 'write'),
      to('d', 'write'),
    ]);
    expect(withGrants(before, ['a', 'x'], [])).toEqual([to('b'), to('c')]);
  });

  it('stay as they are where a change has none, and so does the visibility', () => {
    const before = { owners: ['o'], grants: [to('a'), to('b')], visibility: 'friendly' } as const;
    for (const mode of ['replace', 'replaceUsers', 'merge', 'remove'] as const) {
      expect(withAcl(before, { mode }, FOR_EVER)).toEqual({ grants: before.grants, visibility: 'friendly' });
    }
    const replacing = { mode: 'replace', grants: [to('o', 'admin'), to('c')], visibility: 'public' } as const;
    expect(withAcl(before, replacing, FOR_EVER)).toEqual({ grants: [to('c')], visibility: 'public' });
  });

  it('take so many bytes in a record', () => {
    expect(bytesOfGrants({ mode: 'merge' })).toBe(0);
    const [one_, two] = [['ann'], ['ann', 'bea']].map((names) =>
      bytesOfGrants({ mode: 'merge', grants: names.map((name) => to(name)) }),
    );
    expect(one_).toBeGreaterThan(60);
    expect(two).toBe(2 * Number(one_));
  });

  it('are at most 10,000 on each resource, however many it has of them', async () => {
    const count = (n: number) => ({ grants: Array.from({ length: n }, (_, i) => to(`p${i}`)) });
    const [empty, some, full] = (await put({}, count(9_998), count(10_000))) as [string, string, string];
    const without = async (...more: [string, number][]) =>
      [
        ...(await withoutRoom(
          world.database,
          more.map(([id, added]) => ({ id, added })),
        )),
      ].sort();
    expect(await without([empty, 10_000])).toEqual([]);
    expect(await without([empty, 10_001])).toEqual([empty]);
    expect(await without([some, 2])).toEqual([]);
    expect(await without([some, 3])).toEqual([some]);
    expect(await without([some, 2], [full, 1], [empty, 3])).toEqual([full]);
    expect(await without([some, 3], [full, 0], [empty, 10_001])).toEqual([empty, some].sort());
  });
});
