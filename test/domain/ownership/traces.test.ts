import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { approvalRequests } from '../../../src/domain/approvals/request.ts';
import { moduleRequests, modules } from '../../../src/domain/modules/module.ts';
import { assertModulesCanGo, type Trace, traceKinds } from '../../../src/domain/ownership/traces.ts';
import { resourceCollections } from '../../../src/domain/resources/collections.ts';
import { friendships } from '../../../src/identity/friends.ts';
import { type Party, partyById } from '../../../src/identity/party.ts';
import { principals } from '../../../src/identity/principal.ts';
import { roles } from '../../../src/identity/roles.ts';
import { emptyRoster } from '../../../src/identity/roster.ts';
import { outbox } from '../../../src/notices/outbox.ts';
import type { Collection, Stored } from '../../../src/store/collection.ts';
import { callerNamed, requestWith } from '../../support/approvalRequests.ts';
import { entry, NOW, person } from '../../support/people.ts';
import { type Estate, openEstate } from './estate.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await openEstate();
});
afterAll(() => estate[Symbol.asyncDispose]());
beforeEach(() =>
  estate.reset([
    ...['ann', 'bea', 'cec'].map((id) => person(id)),
    person('p-pen', { username: 'pen', state: 'pending' }),
  ]),
);

const [grants, memberships, friends, limits, typeModules, requests, approvals, emails] = traceKinds as [
  ...[Trace, Trace, Trace, Trace, Trace, Trace, Trace, Trace],
];
const previewed = async (trace: Trace, id = 'ann') => {
  const effects: unknown[] = [];
  const nameOf = async (other: string) => `<${other}>`;
  await estate.within(async (tx) => {
    for await (const { of, would } of trace.preview(tx, { id, name: 'Ann', successor: 'Bea', nameOf })) {
      effects.push([would, ...of]);
    }
  });
  return effects;
};
const present = (trace: Trace, id = 'ann') => trace.present(estate.database, id);
const clean = (trace: Trace, successor = 'bea') => estate.within((tx) => trace.clean(tx, 'ann', successor));
const all = async <T extends Stored>(from: Collection<T>) => estate.database.find(from, {}, { sort: { _id: 1 } });
const epoch = async () => (await estate.roster()).epoch;

/** Nothing is left after so many steps, and not before. */
async function gone(trace: Trace, steps: number): Promise<void> {
  for (let step = 1; step <= steps; step += 1) {
    expect(await present(trace)).toBe(true);
    await clean(trace);
  }
  expect(await present(trace)).toBe(false);
  expect(await previewed(trace)).toEqual([]);
}

it('are removed one kind after the other', () => expect(traceKinds).toHaveLength(8));

it("the user's grants are named with what they are on, and removed a few at a time, and no others", async () => {
  const read = { principal: 'ann', level: 'read' };
  const other = { principal: 'bea', level: 'admin' };
  const thing = (_id: string, ...granted: object[]) => ({
    ...{ _id, revision: 3, type: _id.startsWith('ws') ? 'workspace' : 'plate', name: `name of ${_id}` },
    ...{ owners: ['cec'], grants: granted, visibility: 'private', createdAt: NOW, modifiedAt: NOW },
  });
  await estate.put('workspaces', thing('ws1', other, { ...read, level: 'write' }));
  await estate.put(
    'resources',
    thing('r4', read),
    thing('r3', read),
    thing('r2', read),
    thing('R1', read, other),
    thing('r5', other),
  );
  // In pages of three.
  estate.setPart(3);
  expect(await previewed(grants)).toEqual([
    ['Would take the write right on the workspace name of ws1 from Ann', 'ws1', 3],
    ['Would take the read right on the plate name of R1 from Ann', 'R1', 3],
    ['Would take the read right on the plate name of r2 from Ann', 'r2', 3],
    ['Would take the read right on the plate name of r3 from Ann', 'r3', 3],
    ['Would take the read right on the plate name of r4 from Ann', 'r4', 3],
  ]);
  estate.setPart(2);
  await gone(grants, 2);
  const left = (await Promise.all(resourceCollections.map((of) => all(of)))).flat();
  expect(Object.fromEntries(left.map((doc) => [doc._id, doc.grants]))).toEqual({
    ...{ ws1: [other], R1: [other], r2: [], r3: [], r4: [], r5: [other] },
  });
  expect(await present(grants, 'bea')).toBe(true);
  expect(await present(grants, 'cec')).toBe(false);
});

it('the roles lose the user as a member, and count one less', async () => {
  const role = (_id: string, ...members: string[]) => ({
    ...{ _id, revision: 2, name: `the ${_id}`, living: true, createdAt: NOW },
    ...{ members: members.map((principal) => ({ principal })), size: members.length },
  });
  await estate.put(
    'roles',
    role('role-d', 'bea'),
    role('role-c', 'ann'),
    role('role-b', 'ann'),
    role('role-a', 'ann', 'bea'),
  );
  expect(await previewed(memberships)).toEqual([
    ['Would take Ann out of the role the role-a', 'role-a', 2],
    ['Would take Ann out of the role the role-b', 'role-b', 2],
    ['Would take Ann out of the role the role-c', 'role-c', 2],
  ]);
  await gone(memberships, 2);
  expect((await all(roles)).map(({ members, size: count }) => [members.map((m) => m.principal), count])).toEqual([
    ...[
      [['bea'], 1],
      [[], 0],
      [[], 0],
      [['bea'], 1],
    ],
  ]);
  expect(await epoch()).toBe(2);
});

it('friendships end, whoever made them', async () => {
  const pair = (_id: string, ...both: string[]) => ({ _id, revision: 1, pair: both, agreed: [] });
  await estate.put(
    'friends',
    pair('f4', 'bea', 'cec'),
    pair('f3', 'ann', 'dan'),
    pair('f2', 'cec', 'ann'),
    pair('f1', 'ann', 'bea'),
  );
  expect(await previewed(friends)).toEqual([
    ['Would end the friendship of Ann and <bea>', 'f1', 1],
    ['Would end the friendship of Ann and <cec>', 'f2', 1],
    ['Would end the friendship of Ann and <dan>', 'f3', 1],
  ]);
  await gone(friends, 2);
  expect((await all(friendships)).map(({ _id }) => _id)).toEqual(['f4']);
  expect(await epoch()).toBe(2);
});

it('administrators can no longer act as the user, and keep their other limits', async () => {
  const as = (principal: string, ...ids: string[]) => entry(principal, { as: ids });
  const admins = [as('bea', 'ann', 'cec'), entry('cec'), as('dan', 'ann'), as('eve', 'bea')];
  await estate.put('roster', { ...emptyRoster(), revision: 1, admins });
  const would = (who: string) => `Would take Ann from those as whom the administrator <${who}> may act`;
  expect(await previewed(limits)).toEqual([
    [would('bea'), 'bea'],
    [would('dan'), 'dan'],
  ]);
  await gone(limits, 1);
  expect((await estate.roster()).admins).toEqual([...[as('bea', 'cec'), entry('cec'), as('dan'), as('eve', 'bea')]]);
});

describe('modules of types', () => {
  const module = (_id: string, ...owners: object[]) => ({
    _id,
    revision: 4,
    owners,
    createdAt: NOW,
    releasedTypes: [],
  });
  const owner = (principal: string, canGrant = true) => ({ principal, canGrant });

  it('get the successor as an owner in the place of the user', async () => {
    await estate.put(
      'modules',
      module('C', owner('ann'), owner('bea', false)),
      module('B', owner('cec'), owner('ann', false)),
      module('A', owner('ann')),
    );
    expect(await previewed(typeModules)).toEqual(
      ['A', 'B', 'C'].map((id) => [`Would make Bea an owner of the module ${id} in the place of Ann`, id, 4]),
    );
    await gone(typeModules, 2);
    expect((await all(modules)).map(({ owners }) => owners)).toEqual([
      ...[[owner('bea')], [owner('cec'), owner('bea', false)], [owner('bea')]],
    ]);
  });

  it('lose the user where the successor is a role, and another owner can make owners', async () => {
    await estate.put('roles', {
      _id: 'role-a',
      revision: 1,
      name: 'A',
      living: true,
      members: [],
      size: 0,
      createdAt: NOW,
    });
    await estate.put('modules', module('A', owner('ann'), owner('cec')));
    await clean(typeModules, 'role-a');
    expect((await all(modules))[0]?.owners).toEqual([owner('cec')]);
  });

  it('keep a successor who has not signed in yet as a former user, if they are deleted', async () => {
    await estate.put('modules', module('A', owner('ann')));
    await clean(typeModules, 'p-pen');
    expect((await estate.database.get(principals, 'p-pen'))?.named).toBe(true);
  });

  it('cannot go where nobody would be left who can make owners', async () => {
    const role: Party = {
      kind: 'role',
      id: 'role-a',
      wire: 'role:A',
      role: { _id: 'role-a', revision: 1, name: 'A', living: true },
    };
    const user = await partyById(estate.database, 'bea');
    await estate.put('modules', module('A', owner('ann')), module('B', owner('cec')));
    await expect(assertModulesCanGo(estate.database, 'ann', role)).rejects.toMatchObject({
      reason: 'last_module_owner',
    });
    await assertModulesCanGo(estate.database, 'ann', user);
    await assertModulesCanGo(estate.database, 'bea', role);
  });
});

it('requests for modules are dropped', async () => {
  const request = (_id: string, requester: string) => ({ _id, revision: 1, requester, at: NOW });
  await estate.put(
    'moduleRequests',
    request('D', 'bea'),
    request('C', 'ann'),
    request('B', 'ann'),
    request('A', 'ann'),
  );
  expect(await previewed(requests)).toEqual(
    ['A', 'B', 'C'].map((id) => [`Would drop the request of Ann for the module ${id}`, id, 1]),
  );
  await gone(requests, 2);
  expect((await all(moduleRequests)).map(({ _id }) => _id)).toEqual(['D']);
});

it('requests for approval by or about the user are dropped, and their approvals of others', async () => {
  const approval = (id: string) => ({ by: callerNamed(id), at: NOW, reason: 'right' });
  const byCec = { requester: callerNamed('cec') };
  await estate.put(
    'approvalRequests',
    requestWith({ _id: 'a' }),
    requestWith({ _id: 'b', ...byCec, names: ['cec', 'ann'], command: 'addAdmin', user: 'ann' }),
    requestWith({ _id: 'c', ...byCec, approvals: ['ann', 'bea'].map(approval), deciders: ['ann', 'bea'] }),
    requestWith({ _id: 'd', ...byCec, state: 'denied', decision: approval('ann'), deciders: ['ann'] }),
    requestWith({ _id: 'e', ...byCec, approvals: [approval('bea')], deciders: ['bea'] }),
  );
  expect(await previewed(approvals)).toEqual([
    ['Would drop the request for approval of createRole (a)', 'a', 1],
    ['Would drop the request for approval of addAdmin ann (b)', 'b', 1],
    ['Would drop the approval by Ann of createRole (c)', 'c', 1],
    ['Would drop the request for approval of createRole (d)', 'd', 1],
  ]);
  await gone(approvals, 2);
  const left = await all(approvalRequests);
  expect(left.map(({ _id, approvals: given }) => [_id, given.map(({ by }) => by.person.id)])).toEqual([
    ['c', ['bea']],
    ['e', ['bea']],
  ]);
  expect(left[0]?.deciders).toEqual(['bea']);
});

it('e-mails that wait to be sent are dropped', async () => {
  const email = (_id: string, to: string) => ({
    ...{ _id, revision: 1, to, text: 'x', by: 'boss', at: NOW, dueAt: NOW, attempts: 0 },
  });
  await estate.put('outbox', email('a', 'ann'), email('b', 'ann'), email('c', 'ann'), email('d', 'bea'));
  expect(await previewed(emails)).toEqual([['Would drop the e-mails to Ann that wait to be sent']]);
  await gone(emails, 2);
  expect((await all(outbox)).map(({ _id }) => _id)).toEqual(['d']);
});
