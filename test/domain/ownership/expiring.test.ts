import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClockedWorld, openFilledWorld, thingsIn } from '../access/expiring.ts';

let world: ClockedWorld;
let ids: Awaited<ReturnType<typeof thingsIn>>;

interface Right {
  readonly expires: string;
  readonly right: string;
  readonly account: string;
  readonly resource?: { readonly type: string };
}
interface Page {
  readonly expiring: readonly Right[];
  readonly next?: string;
}

const HOUR = 60;
const DAY = 24 * HOUR;
const list = async (params: object = {}) => (await world.run('listExpiring', params)) as Page;
const shown = ({ expiring }: Page) => expiring.map(({ right, account }) => `${right} ${account}`);
const grant = (account: string, minutes?: number) => ({
  ...{ accountType: 'User', account, level: 'read' },
  ...(minutes === undefined ? {} : { expires: world.at(minutes) }),
});

beforeAll(async () => {
  world = await openFilledWorld();
  ids = await thingsIn(world);
  const set = (id: string, ...grants: object[]) => world.run('setAcl', { id, mode: 'merge', grants });
  await set(ids.plate, grant('bea', 5), grant('cec'), grant('dan', 20 * DAY));
  await set(ids.folder, grant('bea', 3 * HOUR), grant('dan', 3 * HOUR));
  await world.run('setPermissions', { id: 1, new_permission: 'w', users: ['bea'], expires: world.at(3 * HOUR) });
  await world.run('createRole', { name: 'readers', members: ['cec'] });
  await world.run('addRoleMembers', { name: 'readers', members: ['bea'], expires: world.at(2 * DAY) });
  await world.run('addAdmin', { expires: world.at(40 * DAY) }, 'cec');
  await world.run('addAdmin', { role: 'readOnly', expires: world.at(3 * HOUR) }, 'dan');
  await world.run('setAcl', {
    ...{ id: ids.segment, mode: 'merge' },
    grants: [{ accountType: 'ApplicationRole', account: 'readers', level: 'write', expires: world.at(HOUR) }],
  });
});
afterAll(() => world[Symbol.asyncDispose]());

describe('rights that end', () => {
  it('are listed soonest first, as far as they end within so many days', async () => {
    const { expiring, next } = await list();
    expect(next).toBeUndefined();
    const ends = expiring.map(({ expires }) => expires);
    expect(ends).toEqual(ends.toSorted());
    expect(shown({ expiring }).toSorted()).toEqual(
      [
        ...['admin dan', 'grant bea', 'grant bea', 'grant bea', 'grant dan', 'grant dan', 'grant readers'],
        'membership bea',
      ].toSorted(),
    );
    expect(shown(await list({ within: 1 }))).not.toContain('membership bea');
    expect(shown(await list({ within: 41 }))).toEqual([...shown({ expiring }), 'admin cec']);
  });

  it('say what they are rights on, whose they are, and when they end', async () => {
    const { expiring } = await list({ within: 41 });
    expect(expiring[0]).toEqual({
      ...{ expires: world.at(5), right: 'grant', accountType: 'User', account: 'bea', id: expect.any(String) },
      ...{ level: 'read', resource: { id: ids.plate, type: 'plate', name: 'thing' } },
    });
    expect(expiring.find(({ right }) => right === 'membership')).toMatchObject({ account: 'bea', role: 'readers' });
    expect(expiring.at(-1)).toMatchObject({ right: 'admin', account: 'cec', adminRole: 'full' });
    expect(expiring).toContainEqual(expect.objectContaining({ accountType: 'ApplicationRole', account: 'readers' }));
  });

  it('are listed a page at a time, each once, also where several end together', async () => {
    const { expiring } = await list({ within: 41 });
    for (const limit of [1, 2, 3, expiring.length]) {
      const found: Right[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await list({ within: 41, limit, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.expiring);
        cursor = page.next;
        if (cursor === undefined) break;
      }
      expect(found).toEqual(expiring);
    }
  });

  it('of a user or a role, or on a type of resource, are listed alone', async () => {
    expect(shown(await list({ user: 'dan' })).toSorted()).toEqual(['admin dan', 'grant dan', 'grant dan']);
    expect(shown(await list({ user: 'role:readers' }))).toEqual(['grant readers']);
    expect(shown(await list({ type: 'plate' }))).toEqual(['grant bea', 'grant dan']);
    expect(shown(await list({ type: 'workspace', user: 'bea' }))).toEqual(['grant bea']);
    expect(await world.message('listExpiring', { user: 'nobody' })).toContain('nobody');
    expect(await world.message('listExpiring', { cursor: 'invented' })).toContain('cursor must be');
  });

  it('are no longer listed once they have ended, removed or not', async () => {
    const [first, ...others] = (await list()).expiring;
    expect(first).toMatchObject({ expires: world.at(5) });
    world.setClock(5);
    expect((await list()).expiring).toEqual(others);
    await world.sweep();
    expect((await list()).expiring).toEqual(others);
  });

  it('are listed to read-only administrators, and to nobody else', async () => {
    await world.run('addAdmin', { role: 'readOnly' }, 'dan');
    expect(await world.administer('dan', { command: 'listExpiring' })).toMatchObject({ result: {} });
    expect(await world.refusal('ann', { command: 'listExpiring' })).toBe('not_admin');
  });
});
