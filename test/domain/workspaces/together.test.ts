import { describe, expect, it } from 'vitest';
import { StewardError } from '../../../src/base/errors.ts';
import { openHouse } from '../../support/house.ts';
import { replayed, withSortedLists } from '../../support/replayed.ts';
import { openWorld, type World } from './world.ts';

const create = (workspace: string, user = 'ann') => ({ command: 'createWorkspace', user, params: { workspace } });
const give = (id: number, owner: string) => ({
  command: 'setWorkspaceOwner',
  params: { wsi: { id }, new_user: owner },
});

/** The outcomes of the calls: the result, or the reason of the error. */
async function outcomes(calls: readonly Promise<{ result: unknown }>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((s) => {
    if (s.status === 'fulfilled') return s.value.result;
    return s.reason instanceof StewardError ? s.reason.reason : s.reason;
  });
}

/** What is stored can be rebuilt from the records. */
async function expectBalance(world: World): Promise<void> {
  const records = (await world.records()).sort((a, b) => Number(a.at) - Number(b.at));
  expect(replayed(records, 'workspaces')).toEqual((await world.contents('workspaces')).map(withSortedLists));
}

describe('calls at the same time that share a transaction', () => {
  it('each have their own outcome, and a record that their receipt finds', async () => {
    await using world = await openWorld();
    await world.administer('boss', create('taken', 'bea'));
    const names = ['a', 'b', 'taken', 'c', '12', 'd', 'cec:e', 'f', 'taken', 'g'];
    const known = (await world.contents('audit')).length;
    const calls = names.map((name) => world.administer('boss', create(name)));
    const ended = await outcomes(calls);
    expect(ended.map((e) => (Array.isArray(e) ? e[1] : e))).toEqual([
      ...['a', 'b', 'workspace_name_taken', 'c', 'workspace_name_invalid', 'd', 'workspace_name_invalid', 'f'],
      ...['workspace_name_taken', 'g'],
    ]);
    const records = (await world.contents('audit')).slice(known).flatMap((b) => b.records as object[]);
    expect(records).toHaveLength(names.length);
    for (const done of await Promise.allSettled(calls)) {
      if (done.status === 'rejected') continue;
      const { record, hash } = done.value.receipt ?? {};
      const [, name] = done.value.result as string[];
      const page = await world.run('getAudit', { record });
      expect(page).toMatchObject({ records: [{ record, hash, params: { workspace: name } }] });
    }
    await expectBalance(world);
  });

  it('are one commit', async () => {
    await using world = await openWorld();
    const known = (await world.contents('audit')).length;
    await Promise.all(Array.from({ length: 16 }, (_, i) => world.administer('boss', create(`w${i}`))));
    expect((await world.contents('audit')).length - known).toBeLessThan(16);
    expect((await world.contents('workspaces')).map((w) => w.number).sort()).toEqual(
      Array.from({ length: 16 }, (_, i) => i + 1).sort(),
    );
  });

  it('lose no number when one is refused', async () => {
    await using world = await openWorld();
    await world.administer('boss', create('a'));
    for (const name of ['a', 'a', 'x:y']) await world.refused('boss', create(name));
    await outcomes(['a', 'b', 'a', 'c'].map((name) => world.administer('boss', create(name))));
    for (const name of ['d', 'e']) await world.administer('boss', create(name));
    expect((await world.contents('workspaces')).map((w) => w.number)).toEqual([1, 2, 3, 4, 5]);
  });

  it('over the same workspaces, on two instances, leave each with one owner and every change recorded', async () => {
    await using world = await openWorld();
    await using other = await openHouse({ beside: world });
    for (const name of ['ann:a', 'b', 'c']) await world.administer('boss', create(name));
    const owners = ['bea', 'cec', 'dan', 'ann'];
    const calls = Array.from({ length: 48 }, (_, i) =>
      (i % 2 === 0 ? world : other).administer('boss', give(1 + (i % 3), owners[i % 4] ?? '')),
    );
    const ended = await outcomes(calls);
    const given = ended.filter(Array.isArray);
    expect(ended.filter((e) => !Array.isArray(e) && e !== 'already_owner')).toEqual([]);
    const records = (await world.records()).filter((r) => r.command === 'setWorkspaceOwner' && r.outcome === 'success');
    expect(records).toHaveLength(given.length);
    const stored = (await world.contents('workspaces')) as unknown as { revision: number; owners: string[] }[];
    expect(stored.map((w) => w.owners.length)).toEqual([1, 1, 1]);
    expect(stored.reduce((sum, w) => sum + w.revision, 0)).toBe(3 + given.length);
  });

  it('go on without one whose right was withdrawn on another instance', async () => {
    await using world = await openWorld();
    await using other = await openHouse({ beside: world });
    await world.run('addAdmin', undefined, 'dan');
    await other.administer('dan', create('before'));
    await world.run('removeAdmin', undefined, 'dan');
    const callers = ['boss', 'dan', 'boss', 'dan', 'boss', 'boss'];
    const ended = await outcomes(callers.map((caller, i) => other.administer(caller, create(`w${i}`))));
    expect(ended.map((e) => (Array.isArray(e) ? e[1] : e))).toEqual(['w0', 'not_admin', 'w2', 'not_admin', 'w4', 'w5']);
  });
});
