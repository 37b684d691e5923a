import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Ownable,
  settleAllOwners,
  settleOwners,
  updateOwners,
  withOwners,
} from '../../../src/domain/access/changeOwners.ts';
import { partsOf } from '../../../src/domain/resources/collections.ts';
import type { Grant, Resource } from '../../../src/domain/resources/resource.ts';
import { transactRecorded } from '../../support/recorded.ts';
import { openWorld, type World } from '../workspaces/world.ts';

const NOW = new Date('2030-01-01T00:00:00Z');

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // Who lets whom read what is for friends.
  const letIn = { ann: ['fay', 'gus'], bea: ['gus', 'hal'], dan: ['gus'] };
  const pairs = Object.entries(letIn).flatMap(([by, friends]) => friends.map((friend) => [by, friend] as const));
  await world.database.db
    .collection('friends')
    .insertMany(pairs.map((pair) => ({ _id: pair.join(), revision: 1, pair, agreed: [pair[0]] })) as never[]);
});
afterAll(() => world[Symbol.asyncDispose]());

const to = (principal: string, level: Grant['level'] = 'read'): Grant => ({ principal, level });
type Fields = Partial<Pick<Resource, 'owners' | 'grants' | 'visibility'>>;
const resource = (fields: Fields = {}): Ownable => ({
  ...{ _id: `res-${randomUUID()}`, revision: 1, owners: ['ann'], grants: [], visibility: 'private' },
  ...fields,
});
async function put<P extends Ownable>(...before: P[]): Promise<P[]> {
  const at = new Date();
  const rest = { type: 'plate', name: 'n', parents: [], createdAt: at, modifiedAt: at };
  await world.database.db.collection('resources').insertMany(before.map((doc) => ({ ...rest, ...doc })) as never[]);
  return before;
}
const shown = ({ owners, grants, visibility }: Ownable) => ({
  owners,
  grants: grants.map(({ principal, level }) => `${principal} ${level}`).sort(),
  visibility,
});

describe('new owners', () => {
  const before = resource({ owners: ['ann', 'cec'], grants: [to('bea', 'write'), to('dan'), to('cec')] });

  it.each([
    ['keep', ['ann admin', 'dan read']],
    ['read', ['ann read', 'dan read']],
    ['drop', ['dan read']],
  ] as const)('need no grants, and who was an owner has what is said: %s', (previousOwner, grants) => {
    expect(shown(withOwners(before, ['cec', 'bea'], previousOwner))).toEqual({
      // What was a grant of somebody who stays an owner goes too.
      ...{ owners: ['cec', 'bea'], grants, visibility: 'private' },
    });
  });

  it('that are the old ones in another order change nothing else', () => {
    const friendly = { ...before, visibility: 'friendly' } as const;
    expect(withOwners(friendly, ['cec', 'ann'], 'drop')).toEqual({ ...friendly, owners: ['cec', 'ann'] });
    expect(withOwners(friendly, ['cec'], 'drop').visibility).toBe('private');
    expect(withOwners(friendly, ['cec', 'dan'], 'drop').owners).toEqual(['cec', 'dan']);
  });

  it('that join the old ones need no grants either, and let their friends read nothing', () => {
    const one = resource({ grants: [to('dan'), to('bea')], visibility: 'friendly' });
    expect(shown(withOwners(one, ['ann', 'dan'], 'keep'))).toEqual({
      ...{ owners: ['ann', 'dan'], grants: ['bea read'], visibility: 'private' },
    });
  });

  it('leave public what is public, and have what was for the friends of the old ones private', () => {
    const visibilities = (['public', 'friendly', 'private'] as const).map(
      (visibility) => withOwners(resource({ visibility }), ['bea'], 'drop').visibility,
    );
    expect(visibilities).toEqual(['public', 'private', 'private']);
  });
});

describe('a change of owners', () => {
  async function settled(fields: Fields, next: (before: Ownable) => Ownable, stored: Fields = {}) {
    const before = resource(fields);
    await put({ ...before, ...stored });
    const [change] = await settleOwners(world.database, [{ before, next }], { now: NOW });
    if (change === undefined || 'reason' in change) throw new Error('it was not settled');
    return change;
  }
  const giveTo = (owners: string[], previousOwner: 'keep' | 'read' | 'drop' = 'drop') => {
    return (before: Ownable) => withOwners(before, owners, previousOwner);
  };

  it('gives each friend of the old owner, who could read it, a grant', async () => {
    const friendly = { visibility: 'friendly', grants: [to('gus', 'write')] } as const;
    const { after } = await settled(friendly, giveTo(['bea']));
    expect(shown(after)).toEqual({ owners: ['bea'], grants: ['fay read', 'gus write'], visibility: 'private' });
    const [only] = await settleOwners(world.database, [{ before: after, next: giveTo(['ann']) }], { now: NOW });
    expect(only).toMatchObject({ after: { visibility: 'private' } });
  });

  it('gives a grant also to a friend of both owners, since it is private from then on', async () => {
    const { after } = await settled({ visibility: 'friendly' }, giveTo(['dan']));
    expect(shown(after)).toEqual({ owners: ['dan'], grants: ['fay read', 'gus read'], visibility: 'private' });
  });

  it('gives no grant to a friend who comes to own it, or owned it', async () => {
    const { after } = await settled({ visibility: 'friendly' }, giveTo(['fay'], 'read'));
    expect(shown(after)).toEqual({ owners: ['fay'], grants: ['ann read', 'gus read'], visibility: 'private' });
  });

  it('gives nothing to friends of what was not for them', async () => {
    for (const visibility of ['public', 'private'] as const) {
      expect(shown((await settled({ visibility }, giveTo(['bea']))).after)).toEqual({
        ...{ owners: ['bea'], grants: [], visibility },
      });
    }
  });

  it('that is to be for the friends of others is private where these could not read it', async () => {
    const asBefore = (before: Ownable): Ownable => ({ ...before, owners: ['bea'], visibility: 'friendly' });
    const { after } = await settled({ visibility: 'friendly' }, asBefore);
    // hal could not read it before.
    expect(shown(after)).toEqual({ owners: ['bea'], grants: ['fay read', 'gus read'], visibility: 'private' });
    const hal = { visibility: 'private', grants: [to('hal'), to('gus')] } as const;
    expect(shown((await settled(hal, asBefore)).after)).toEqual({
      ...{ owners: ['bea'], grants: ['gus read', 'hal read'], visibility: 'friendly' },
    });
    const other = await settled({ visibility: 'private' }, asBefore);
    expect(shown(other.after)).toEqual({ owners: ['bea'], grants: [], visibility: 'private' });
  });

  it('for the friends of others who all could read it before stays so', async () => {
    const [, both] = await put(resource(), resource({ visibility: 'friendly', owners: ['bea', 'ann'] }));
    const next = (before: Ownable): Ownable => ({ ...before, owners: ['bea'], visibility: 'friendly' });
    const [change] = await settleOwners(world.database, [{ before: both as Ownable, next }], { now: NOW });
    expect(shown((change as { after: Ownable }).after)).toEqual({
      // fay, whom only ann lets in, still reads it.
      ...{ owners: ['bea'], grants: ['fay read'], visibility: 'friendly' },
    });
  });

  describe('where grants expire', () => {
    const later = new Date(NOW.getTime() + 60_000);
    const ending = (principal: string, level: Grant['level'], expires = later): Grant => ({
      principal,
      level,
      expires,
    });
    const grantsAfter = async (grants: readonly Grant[]) =>
      (await settled({ visibility: 'friendly', grants }, giveTo(['bea']))).after.grants;

    it('leaves them as they are, and those of friends who could only read become lasting', async () => {
      expect(await grantsAfter([ending('dan', 'write'), ending('fay', 'read'), ending('gus', 'write')])).toEqual([
        ending('dan', 'write'),
        to('fay'),
        // Somebody has one grant. Nobody gains by a change of owners, so what ends is not made to last.
        ending('gus', 'write'),
      ]);
    });

    it('gives friends a lasting one in the place of one that has expired', async () => {
      expect(await grantsAfter([ending('dan', 'write', NOW), ending('fay', 'admin', NOW), to('gus')])).toEqual([
        ending('dan', 'write', NOW),
        to('fay'),
        to('gus'),
      ]);
    });

    it('makes nothing friendly to somebody who could read it only for a time', async () => {
      const asFriends = (before: Ownable): Ownable => ({ ...before, owners: ['bea'], visibility: 'friendly' });
      for (const expires of [NOW, later]) {
        const { after } = await settled({ grants: [ending('hal', 'read', expires), to('gus')] }, asFriends);
        expect(after).toMatchObject({ visibility: 'private', grants: [ending('hal', 'read', expires), to('gus')] });
      }
    });
  });

  it('takes a grant from nobody who does not come to own it, also where it has to be read first', async () => {
    const next = (before: Ownable): Ownable => ({ ...withOwners(before, ['bea'], 'drop'), grants: [] });
    const before = { visibility: 'friendly' } as const;
    const { after } = await settled(before, next, { grants: [to('gus', 'admin'), to('ann', 'write')] });
    expect(shown(after)).toEqual({ owners: ['bea'], grants: ['fay read', 'gus admin'], visibility: 'private' });
  });

  it('that would leave more than 10,000 grants is not made', async () => {
    const grants = Array.from({ length: 9_999 }, (_, i) => to(`p${i}`));
    const [full, other] = await put(resource({ visibility: 'friendly', grants }), resource());
    const before = { ...(full as Ownable), grants: [] };
    const changes = [
      { before, next: giveTo(['bea']) },
      { before: other as Ownable, next: giveTo(['bea']) },
    ];
    expect(await settleOwners(world.database, changes, { now: NOW })).toMatchObject([
      { reason: 'grants_full' },
      { after: { owners: ['bea'] } },
    ]);
    const within = (run: typeof changes) =>
      transactRecorded(world.database, { now: () => new Date() }, (tx) => settleAllOwners(tx, run));
    await expect(within(changes)).rejects.toMatchObject({ reason: 'grants_full' });
    expect(await within(changes.slice(1))).toMatchObject([{ after: { owners: ['bea'] } }]);
  });

  it('is made where it leaves as many grants as there were, however many', async () => {
    const grants = Array.from({ length: 10_000 }, (_, i) => to(`p${i}`));
    const [before] = (await put(resource({ grants }))) as [Ownable];
    const [change] = await settleOwners(world.database, [{ before, next: giveTo(['bea']) }], { now: NOW });
    expect(change).toMatchObject({ after: { owners: ['bea'] } });
  });

  it('is settled together with others only up to about so many bytes, and always by itself', async () => {
    const all = await put(...Array.from({ length: 4 }, () => resource({ visibility: 'friendly' })));
    const changes = all.map((before) => ({ before, next: giveTo(['bea']) }));
    const count = async (maxBytes = Number.POSITIVE_INFINITY) =>
      (await settleOwners(world.database, changes, { now: NOW, maxBytes })).length;
    expect(await count()).toBe(4);
    expect(await count(1)).toBe(1);
    // Each: itself, two owners and three friends, of 120 bytes and twice the length of their ids.
    const each = 6 * 120 + 2 * 15;
    expect(await count(2 * each)).toBe(2);
    expect(await count(2 * each - 1)).toBe(1);
    expect(await count(4 * each)).toBe(4);
    const plain = (await put(resource({ grants: [to('dan')] }), resource({ grants: [to('dan')] }))).map((before) => ({
      ...{ before, next: giveTo(['bea']) },
    }));
    // Each: itself, two owners, and the grant before and after.
    const eachPlain = 5 * 120 + 2 * 12;
    expect(await settleOwners(world.database, plain, { now: NOW, maxBytes: 2 * eachPlain })).toHaveLength(2);
    expect(await settleOwners(world.database, plain, { now: NOW, maxBytes: 2 * eachPlain - 1 })).toHaveLength(1);
  });

  it('is not made where who comes to own it can be given nothing any more', async () => {
    const [before] = (await put(resource({ owners: ['ann', 'cec'] }))) as [Ownable];
    await world.run('disableUser', undefined, 'dan');
    const change = (owners: string[]) => ({ before, after: { ...before, owners } });
    const update = (owners: string[]) =>
      transactRecorded(world.database, { now: () => new Date() }, (tx) => updateOwners(tx, [change(owners)]));
    const settle = (owners: string[]) =>
      transactRecorded(world.database, { now: () => new Date() }, (tx) =>
        settleAllOwners(tx, [{ before, next: () => change(owners).after }]),
      );
    for (const run of [update, settle]) {
      await expect(run(['ann', 'dan'])).rejects.toMatchObject({ reason: 'recipient_unfit' });
    }
    await world.run('disableUser', undefined, 'cec');
    // Who owned it before may be anybody.
    await update(['cec', 'bea']);
    const [after] = await partsOf(world.database, [before._id], { fields: ['owners'] });
    expect(after?.owners).toEqual(['cec', 'bea']);
    for (const user of ['cec', 'dan']) await world.run('enableUser', undefined, user);
  });
});
