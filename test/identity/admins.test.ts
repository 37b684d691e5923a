import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdminNames } from '../../src/identity/adminNames.ts';
import { addAdmin, listAdmins, type NewRights, removeAdmin } from '../../src/identity/admins.ts';
import { type Principal, principals, shortId } from '../../src/identity/principal.ts';
import type { Rank } from '../../src/identity/rank.ts';
import type { RightsCache } from '../../src/identity/rightsCache.ts';
import { type AdminRules, emptyRoster, ROSTER_ID, type Roster, rosters } from '../../src/identity/roster.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../support/database.ts';
import { entry, NOW, person } from '../support/people.ts';
import { transactRecorded } from '../support/recorded.ts';

const FULL: Rank = { role: 'full', source: 'config' };
const RULES: AdminRules = { configured: ['boss'], issuers: ['jwt'] };
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const boss = person('boss', { issuer: 'jwt', subject: 'boss' });
const gone = person('p-gone', { username: 'gone', state: 'former', living: false });

let database: Database;
beforeAll(async () => {
  database = await openDatabase([principals, rosters]);
  await stored('principals', [boss, gone, ...['ann', 'bea', 'cec'].map((id) => person(id))]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});
beforeEach(() => roster({ bindings: [{ entry: 'boss', principal: 'boss' }] }));

async function stored(collection: string, documents: readonly object[]): Promise<void> {
  await database.db.collection(collection).deleteMany({});
  await database.db.collection(collection).insertMany([...documents]);
}
const roster = (more: Partial<Roster>) => stored('roster', [{ ...emptyRoster(), revision: 1, ...more }]);
const present = async () => (await database.get(rosters, ROSTER_ID)) ?? emptyRoster();

interface By {
  readonly rank?: Rank;
  readonly rules?: AdminRules;
  readonly principal?: Principal;
}
const by = ({ rank = FULL, rules = RULES, principal = boss }: By) => ({ rules, actor: { principal, rank } });
const add = (user: string, rights: NewRights = {}, who: By = {}) =>
  transactRecorded(database, { now: () => NOW }, (tx) =>
    addAdmin(tx, { ...by(who), commands: new Set(['getConfig', 'addUser']) }, { user, rights }),
  );
const remove = (user: string, who: By = {}) =>
  transactRecorded(database, { now: () => NOW }, (tx) => removeAdmin(tx, by(who), user));
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    ({ reason, message }) => [reason, message],
  );

describe('addAdmin', () => {
  it('gives exactly these rights, each name once and in order, in place of those before', async () => {
    await roster({ admins: [entry('bea'), entry('ann', { role: 'readOnly', scope: 'iiif' }), entry('cec')] });
    await add('ann', {
      ...{ commands: ['getConfig', 'addUser', 'getConfig'], as: ['cec', 'role:z', 'bea', 'cec', 'role:a', 'role:z'] },
      ...{ delegatedOnly: true, expires: later(1) },
    });
    expect((await present()).admins).toEqual([
      entry('bea'),
      {
        ...{ principal: 'ann', role: 'full', commands: ['addUser', 'getConfig'], as: ['bea', 'cec'] },
        ...{ asRoles: ['a', 'z'], delegatedOnly: true, expires: later(1), addedAt: NOW, addedBy: 'boss' },
      },
      entry('cec'),
    ]);
    await add('ann', { role: 'readOnly', as: ['cec'], delegatedOnly: false });
    expect((await present()).admins[1]).toEqual(entry('ann', { role: 'readOnly', as: ['cec'] }));
  });

  it.each<[string, NewRights, NewRights]>([
    ['without a limit', {}, { role: 'full' }],
    ['commands', { commands: ['addUser', 'getConfig'] }, { commands: ['getConfig', 'addUser'] }],
    ['subjects and roles', { as: ['ann', 'bea', 'role:x'] }, { as: ['role:x', 'bea', 'ann'] }],
    ['an expiry', { expires: later(5) }, { expires: later(5) }],
  ])('changes nothing where they are the same: %s', async (_, first, second) => {
    await add('ann', first);
    const before = await present();
    await add('ann', second, { principal: person('cec') });
    expect(await present()).toEqual(before);
  });

  it.each<[NewRights, NewRights]>([
    [{}, { role: 'readOnly' }],
    [{}, { commands: ['addUser'] }],
    [{ commands: ['addUser'] }, {}],
    [{ commands: ['addUser'] }, { commands: ['getConfig'] }],
    [{}, { as: ['bea'] }],
    [{ as: ['bea'] }, {}],
    [{ as: ['bea'] }, { as: ['cec'] }],
    [{ as: ['bea'] }, { as: ['bea', 'role:x'] }],
    [{ as: ['bea', 'role:x'] }, { as: ['bea'] }],
    [{ as: ['role:x', 'role:y'] }, { as: ['role:xy'] }],
    [{ as: ['role:xy'] }, { as: ['role:x', 'role:y'] }],
    [{}, { delegatedOnly: true }],
    [{ delegatedOnly: true }, {}],
    [{}, { expires: later(5) }],
    [{ expires: later(5) }, {}],
    [{ expires: later(5) }, { expires: later(6) }],
  ])('replaces %j by %j', async (first, second) => {
    await add('ann', second);
    const wanted = (await present()).admins;
    await roster({});
    await add('ann', first);
    await add('ann', second);
    expect((await present()).admins).toEqual(wanted);
  });

  it('makes an administrator of one system one of all', async () => {
    await roster({ admins: [entry('ann', { scope: 'iiif' })] });
    await add('ann');
    expect((await present()).admins).toEqual([entry('ann')]);
  });

  it.each<[string, NewRights, string, string]>([
    [
      'a right that ends now',
      { expires: NOW },
      'invalid_params',
      'expires must be in the future (was: 2024-06-01T00:00:00.000Z)',
    ],
    ['an unknown command', { commands: ['addUser', 'fly'] }, 'command_unknown', 'fly'],
    ['an unknown subject', { as: ['nobody'] }, 'user_unknown', 'nobody'],
    ['a role without a name', { as: ['role:'] }, 'invalid_params', 'as: role: must be followed by the name of a role'],
    ['a blank role', { as: ['role:a', 'role: '] }, 'invalid_params', 'as: role: must be followed'],
    ['a role with a control character', { as: ['role:a\u0007'] }, 'invalid_params', 'as: role: must be followed'],
    ['a role with half a character', { as: ['role:a\ud800'] }, 'invalid_params', 'as: role: must be followed'],
  ])('refuses %s', async (_, rights, reason, message) => {
    const before = await present();
    expect(await refusal(add('ann', rights))).toEqual([reason, expect.stringContaining(message)]);
    expect(await present()).toEqual(before);
  });

  it('changes nothing about a configured administrator, and refuses to limit one', async () => {
    const before = await present();
    for (const rights of [{}, { role: 'full' }, { delegatedOnly: false }] as const) await add('boss', rights);
    for (const rights of [
      ...[{ role: 'readOnly' }, { commands: [] }, { as: [] }, { delegatedOnly: true }, { expires: later(1) }],
    ] as NewRights[]) {
      expect(await refusal(add('boss', rights))).toEqual(['protected_admin', expect.stringContaining('boss')]);
    }
    expect(await present()).toEqual(before);
  });

  it('refuses to give or to take more than the caller has', async () => {
    const limited: By = { rank: { ...FULL, commands: ['addUser'] }, principal: person('bea') };
    const refused = ['exceeds_own_rights', expect.stringContaining('bea')];
    expect(await refusal(add('ann', {}, limited))).toEqual(refused);
    expect(await refusal(add('ann', { commands: ['getConfig'] }, limited))).toEqual(refused);
    await roster({ admins: [entry('cec')] });
    expect(await refusal(add('cec', { commands: ['addUser'] }, limited))).toEqual(refused);
    expect((await present()).admins).toEqual([entry('cec')]);
    await add('ann', { commands: ['addUser'] }, limited);
    expect((await present()).admins.at(-1)).toEqual(entry('ann', { commands: ['addUser'], addedBy: 'bea' }));
  });

  it('leaves a lasting administrator', async () => {
    await roster({ admins: [entry('ann')] });
    const who: By = { rules: { ...RULES, configured: [] }, principal: person('ann') };
    expect(await refusal(add('ann', { role: 'readOnly' }, who))).toEqual(['last_admin', expect.any(String)]);
  });

  it('is delegated where roles come from tokens', async () => {
    const who: By = { rules: { ...RULES, tokenRoles: { full: [], readOnly: [] } } };
    expect(await refusal(add('ann', {}, who))).toEqual(['roles_delegated', expect.any(String)]);
    expect(await refusal(remove('ann', who))).toEqual(['roles_delegated', expect.any(String)]);
    await expect(listAdmins(database, who.rules ?? RULES, NOW)).rejects.toMatchObject({ reason: 'roles_delegated' });
  });
});

describe('removeAdmin', () => {
  it('takes the right of one, closed accounts included, and of nobody else', async () => {
    await roster({ admins: [entry('ann'), entry('p-gone'), entry('bea')] });
    await remove('ann');
    await remove(`gone~${shortId('p-gone')}`);
    expect((await present()).admins).toEqual([entry('bea')]);
    const before = await present();
    await remove('cec');
    expect(await present()).toEqual(before);
  });

  it('is refused for a configured administrator', async () => {
    expect(await refusal(remove('boss'))).toEqual(['protected_admin', expect.stringContaining('boss')]);
  });

  it('is refused where the right is more than the caller has, but for their own', async () => {
    const rank: Rank = { ...FULL, source: 'roster', commands: ['removeAdmin'] };
    await roster({ admins: [entry('cec', { commands: ['removeAdmin'] }), entry('ann'), entry('bea')] });
    const refused = ['exceeds_own_rights', expect.stringContaining('bea')];
    expect(await refusal(remove('ann', { rank, principal: person('bea') }))).toEqual(refused);
    const throughService = { ...rank, through: rank };
    expect(await refusal(remove('bea', { rank: throughService, principal: person('bea') }))).toEqual(refused);
    await remove('bea', { rank, principal: person('bea') });
    await remove('cec', { rank, principal: person('bea') });
    expect((await present()).admins).toEqual([entry('ann')]);
  });

  it('leaves a lasting administrator', async () => {
    await roster({ admins: [entry('ann')] });
    const who: By = { rules: { ...RULES, configured: [] }, principal: person('ann') };
    expect(await refusal(remove('ann', who))).toEqual(['last_admin', expect.any(String)]);
    expect((await present()).admins).toEqual([entry('ann')]);
  });
});

describe('the list of administrators', () => {
  const configured = { role: 'full', source: 'config' };
  const listed = { role: 'full', source: 'roster', addedAt: NOW.toISOString(), addedBy: 'boss' };

  it('has the configured ones, then those of the roster by name, with all that limits them', async () => {
    await roster({
      bindings: [{ entry: 'boss', principal: 'boss' }],
      admins: [
        entry('cec', { as: ['bea', 'p-gone', 'unknown'], asRoles: ['x'], delegatedOnly: true }),
        entry('boss', { role: 'readOnly' }),
        entry('p-gone', { scope: 'iiif', addedBy: 'p-gone' }),
        entry('ann', { role: 'readOnly', as: ['bea'], commands: ['addUser'], expires: later(1), addedBy: 'unknown' }),
        entry('unknown'),
      ],
    });
    const former = `gone~${shortId('p-gone')}`;
    expect(await listAdmins(database, RULES, NOW)).toEqual([
      { user: 'boss', id: 'boss', ...configured, state: 'active' },
      {
        ...{ user: 'ann', id: 'ann', ...listed, role: 'readOnly', state: 'active' },
        ...{ as: ['bea'], commands: ['addUser'], expires: later(1).toISOString(), addedBy: 'unknown' },
      },
      {
        ...{ user: 'cec', id: 'cec', ...listed, state: 'active' },
        ...{ as: ['bea', former, 'unknown', 'role:x'], delegatedOnly: true },
      },
      { user: former, id: 'p-gone', ...listed, state: 'former', scope: 'iiif', addedBy: former },
      { user: 'unknown', id: 'unknown', ...listed, state: 'unknown' },
    ]);
  });

  it('has nobody whose right has ended by now', async () => {
    await roster({ admins: [entry('ann', { expires: NOW }), entry('bea', { expires: later(1) }), entry('cec')] });
    const names = (await listAdmins(database, { ...RULES, configured: [] }, NOW)).map(({ user }) => user);
    expect(names).toEqual(['bea', 'cec']);
  });

  it('is empty before the roster is made', async () => {
    await database.db.collection('roster').deleteMany({});
    expect(await listAdmins(database, { ...RULES, configured: [] }, NOW)).toEqual([]);
  });

  it('has the holder of each configured entry: bound, of the subject, or pending under the name', async () => {
    await stored('principals', [
      person('p1', { username: 'renamed', issuer: 'jwt', subject: 's1' }),
      person('p2', { username: 'old', issuer: 'jwt', subject: 's2', state: 'former', living: false }),
      person('p3', { username: 'new', issuer: 'jwt', subject: 's2', state: 'disabled' }),
      person('p4', { username: 'left', issuer: 'jwt', subject: 's4', state: 'former', living: false }),
      person('p5', { username: 'pending', state: 'pending' }),
      person('p6', { username: 'taken', issuer: 'elsewhere', subject: 's6' }),
      person('p7', { username: 'bound', state: 'pending' }),
      person('p8', { username: 'chief', issuer: 'jwt', subject: 's8' }),
    ]);
    const entries = ['boss', 'id:s2', 'id:s4', 'id:s9', 'pending', 'taken', 'bound'];
    await roster({
      bindings: [
        { entry: 'boss', principal: 'p1' },
        { entry: 'bound', principal: 'p8' },
      ],
    });
    expect(await listAdmins(database, { ...RULES, configured: entries }, NOW)).toEqual([
      { user: 'renamed', id: 'p1', ...configured, state: 'active' },
      { user: 'new', id: 'p3', ...configured, state: 'disabled' },
      { user: `left~${shortId('p4')}`, id: 'p4', ...configured, state: 'former' },
      { user: 'id:s9', ...configured, state: 'unknown' },
      { user: 'pending', id: 'p5', ...configured, state: 'pending' },
      { user: 'taken', ...configured, state: 'unknown' },
      { user: 'chief', id: 'p8', ...configured, state: 'active' },
    ]);
    await stored('principals', [boss, gone, ...['ann', 'bea', 'cec'].map((id) => person(id))]);
  });
});

it('the names of administrators are read again only when the roster has changed, and leave out those of one system', async () => {
  let now: Roster = { ...emptyRoster(), revision: 1, admins: [entry('ann'), entry('bea', { scope: 'iiif' })] };
  let reads = 0;
  const reader = Object.assign(Object.create(database), {
    find: (...args: Parameters<Database['find']>) => {
      reads += 1;
      return database.find(...args);
    },
  });
  const rights = { roster: async () => now } as unknown as RightsCache;
  const rules = { ...RULES, configured: [] };
  const names = new AdminNames(reader, rights, rules);
  expect(await names.list(NOW)).toEqual(['ann']);
  expect(await names.list(NOW)).toEqual(['ann']);
  expect(reads).toBe(1);
  now = { ...now, revision: 2, admins: [entry('cec', { expires: later(1) })] };
  expect(await names.list(NOW)).toEqual(['cec']);
  expect(await names.list(later(1))).toEqual([]);
  expect(reads).toBe(2);
  const delegated = new AdminNames(reader, rights, { ...rules, tokenRoles: { full: [], readOnly: [] } });
  await expect(delegated.list(NOW)).rejects.toMatchObject({ reason: 'roles_delegated' });
});
