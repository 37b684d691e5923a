import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SetAcl } from '../../src/base/schemas/generated.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import { LONG } from '../support/long.ts';

/** How many grants a resource may have; in `npm test` a tenth of that. */
const MOST = LONG ? 10_000 : 1_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Users as if they had signed in. */
async function users(count: number, prefix: string): Promise<string[]> {
  const principals = world.database.db.collection('principals');
  const { _id: _, ...ann } = (await principals.findOne({ username: 'ann' })) ?? {};
  const names = [...Array(count).keys()].map((i) => `${prefix}${i}`);
  await principals.insertMany(
    names.map((name) => ({ ...ann, _id: name, username: name, subject: name, tokenName: name })) as never[],
  );
  return names;
}

let trees = 0;
/** A section of ann's with so many others right below it. */
async function section(children: number): Promise<string> {
  trees += 1;
  const at = new Date();
  const node = (i: number, parents: readonly string[]) => ({
    _id: `res-${String(trees).padStart(8, '0')}-0000-4000-8000-${String(i).padStart(12, '0')}`,
    revision: 1,
    type: 'section',
    name: `section ${i}`,
    parents,
    owners: ['ann'],
    grants: [],
    visibility: 'private',
    createdAt: at,
    modifiedAt: at,
  });
  const root = node(0, []);
  const all = [root, ...[...Array(children).keys()].map((i) => node(i + 1, [root._id]))];
  await world.database.db.collection('resources').insertMany(all as never[]);
  return root._id;
}

const readers = (names: readonly string[]) =>
  names.map((account) => ({ accountType: 'User', account, level: 'read' }) as const);

describe('A7: the rights on a whole branch', { timeout: 300_000 }, () => {
  it('are refused with the bound where they are too many, and nothing is changed', async () => {
    const names = await users(300, 'many');
    const id = await section(266);
    const before = await world.contents('resources');
    const records = (await world.records()).length;
    const error = await world.refused('boss', {
      command: 'setAcl',
      params: { id, cascade: true, grants: readers(names) },
    });
    expect(error.reason).toBe('change_too_big');
    expect(error.message).toMatch(
      /^Setting the rights on section res-\S+ and 266 below it would change \d{7,8} bytes of data, more than 3000000; nothing was changed$/,
    );
    expect(await world.contents('resources')).toEqual(before);
    const left = (await world.records()).slice(records);
    expect(left.map((r) => [r.command, r.outcome, r.error])).toEqual([['setAcl', 'failed', 'change_too_big']]);
  });

  it('are refused in the same way to an ordinary user, and for many resources at once', async () => {
    const names = await users(300, 'mass');
    const id = await section(266);
    const below = (await world.contents('resources')).filter((r) => (r.parents as string[]).includes(id));
    const grants = readers(names);
    const before = await world.contents('resources');
    expect((await world.fails('ann', 'Resource.set_acl', { id, cascade: true, grants })).reason).toBe('change_too_big');
    const params = { resources: below.map((r) => ({ id: r._id })), grants, ignoreErrors: true };
    const error = await world.refused('boss', { command: 'setAclMass', params });
    expect(error.message).toMatch(/^Setting the rights on 266 resources would change .* more than 3000000; nothing/);
    expect(await world.contents('resources')).toEqual(before);
  });

  it('are counted with the grants that are there, which would be replaced', async () => {
    const id = await section(50);
    const held = [...Array(1_000).keys()].map((i) => ({ principal: `gone${i}`, level: 'read' }));
    await world.database.db.collection('resources').updateMany({ parents: id }, { $set: { grants: held } });
    const params = { id, cascade: true, grants: readers(['bea']) };
    expect(await world.refusal('boss', { command: 'setAcl', params })).toBe('change_too_big');
    const merged = (await world.run('setAcl', { ...params, mode: 'merge' })) as SetAcl['result'];
    expect(merged.changed).toHaveLength(51);
  });

  it('are all set where they are as many as one call may set', async () => {
    const names = await users(200, 'some');
    const id = await section(80);
    const result = (await world.run('setAcl', { id, cascade: true, grants: readers(names) })) as SetAcl['result'];
    expect(result.changed).toHaveLength(81);
    const set = (await world.contents('resources')).filter((r) => r._id === id || (r.parents as string[]).includes(id));
    expect(set.map((r) => (r.grants as unknown[]).length)).toEqual(Array(81).fill(200));
  });

  it(`may be ${MOST.toLocaleString('en')} on one resource, set and replaced`, async () => {
    const names = await users(MOST, 'full');
    const id = await section(0);
    const set = (await world.run('setAcl', { id, grants: readers(names) })) as SetAcl['result'];
    expect(set.grants).toHaveLength(MOST);
    const raised = names.map((account) => ({ accountType: 'User', account, level: 'write' }));
    const replaced = (await world.run('setAcl', { id, grants: raised })) as SetAcl['result'];
    expect(replaced.grants.map((g) => `${g.account} ${g.level}`).sort()).toEqual(names.map((n) => `${n} write`).sort());
  });

  it('take as many round trips for many resources as for few', async () => {
    const { db } = world.database;
    const names = await users(3, 'trip');
    const trips = async (children: number) => {
      const id = await section(children);
      await db.command({ profile: 2 });
      await world.run('setAcl', { id, cascade: true, grants: readers(names) });
      await db.command({ profile: 0 });
      const count = await db.collection('system.profile').countDocuments({ ns: /\.(resources|principals|roles)$/ });
      await db.dropCollection('system.profile');
      return count;
    };
    const few = await trips(2);
    expect(few).toBeGreaterThan(0);
    expect(await trips(LONG ? 200 : 40)).toBe(few);
  });
});

describe.runIf(LONG)('A7: many cascades at once', () => {
  it('let everybody else write meanwhile', { timeout: 600_000 }, async () => {
    const names = await users(200, 'load');
    const ids = await Promise.all([...Array(110).keys()].map(() => section(90)));
    let running = true;
    const waits: number[] = [];
    const others = (async () => {
      for (let i = 0; running; i += 1) {
        const begun = performance.now();
        await world.call('bea', 'create_workspace', { workspace: `bea:others${i}` });
        waits.push(performance.now() - begun);
      }
    })();
    const queue = [...ids];
    // A caller has at most so many calls in flight.
    const lane = async () => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        await world.call('ann', 'Resource.set_acl', { id, cascade: true, grants: readers(names) });
      }
    };
    await Promise.all([...Array(8).keys()].map(lane));
    running = false;
    await others;
    waits.sort((a, b) => a - b);
    console.log(`${waits.length} writes of others: median ${waits[waits.length >> 1]} ms, longest ${waits.at(-1)} ms`);
    expect(waits.length).toBeGreaterThan(0);
    expect((await world.records()).filter((r) => r.error === 'internal')).toEqual([]);
  });
});
