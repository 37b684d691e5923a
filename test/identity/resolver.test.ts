import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ACCOUNTS,
  ANY_USERS,
  GNODE_USERS,
  IIIF_ONCE,
  IIIF_USERS,
  KBASE_ACCOUNTS,
  KBASE_ADMINS,
  KBASE_USERS,
  NAMED_USERS,
  type NameRules,
  OWNERS,
  RECORDED,
  ROLES,
  USERS,
} from '../../src/identity/nameRules.ts';
import { passwords } from '../../src/identity/passwords.ts';
import type { People } from '../../src/identity/people.ts';
import { principals, shortId } from '../../src/identity/principal.ts';
import {
  type NameInput,
  one,
  resolveEachToShow,
  resolveToAct,
  resolveToGive,
  resolveToShow,
  resolveToTake,
} from '../../src/identity/resolver.ts';
import { roles } from '../../src/identity/roles.ts';
import { KEY_HOLDER } from '../../src/identity/serviceNames.ts';
import type { Database } from '../../src/store/database.ts';
import { openDatabase } from '../support/database.ts';
import { NOW, person } from '../support/people.ts';
import { transactRecorded } from '../support/recorded.ts';

const former = (name: string, id: string) => `${name}~${shortId(id)}`;
const role = (_id: string, name: string, living: boolean) => ({
  ...{ _id, revision: 1, name, living, members: [], size: 0, createdAt: NOW },
});

let database: Database;
beforeAll(async () => {
  database = await openDatabase([principals, roles, passwords]);
  await database.db.collection<{ _id: string }>('principals').insertMany([
    person('ann'),
    person('p-bea', { username: 'bea' }),
    // The name of one is the id of another.
    person('bea', { username: 'other' }),
    person('odd', { username: 'Odd@name' }),
    person('dan', { state: 'disabled' }),
    person('p-pen', { username: 'pen', state: 'pending' }),
    person('p-pia', { username: 'pia', state: 'pending' }),
    person('gus', { state: 'former', living: false }),
    person('gus2', { username: 'gus', state: 'former', living: false }),
    person('p-gus', { username: 'now', state: 'active' }),
    person('hal', { username: 'halOld', state: 'former', living: false }),
    person('p-hal', { username: 'hal' }),
    person('p1', { username: 'one' }),
    person('p2', { username: 'two' }),
    person('p3', { username: 'three' }),
    person('p4', { username: '41' }),
  ]);
  await database.db.collection<{ _id: string }>('passwords').insertMany(
    [
      ['p1', 41],
      ['p2', 42],
      ['p3', 42],
    ].map(([_id, profile]) => ({ _id: String(_id), revision: 1, hash: 'x', setAt: NOW, profile })),
  );
  await database.db
    .collection<{ _id: string }>('roles')
    .insertMany([role('role-a', 'A', true), role('role-b', 'A', false), role('role-c', 'ann', true)]);
});
afterAll(async () => {
  await database.db.dropDatabase();
  await database.close();
});

const refusal = (call: Promise<unknown>) =>
  call.then(
    (done) => done,
    ({ reason, message, args }) => [reason, reason === undefined ? message : args],
  );
const taken = (names: readonly NameInput[], rules: NameRules = USERS) =>
  refusal(resolveToTake(database, names, rules).then((found) => found.map(({ id }) => id)));
const given = (names: readonly NameInput[], rules: NameRules = USERS) =>
  refusal(
    transactRecorded(database, { now: () => NOW }, (tx) => resolveToGive(tx, names, rules)).then((found) =>
      found.map(({ id }) => id),
    ),
  );
const acted = (name: string | null | undefined, rules: NameRules<'user'> = USERS) =>
  refusal(resolveToAct(database, name, rules).then((found) => found?._id));

describe('whoever is named', () => {
  it.each<[string, NameInput[], string[], NameRules]>([
    ['by name', ['bea', 'ann'], ['p-bea', 'ann'], USERS],
    ['by id', ['id:bea', 'id:gus'], ['bea', 'gus'], USERS],
    ['by the name of a closed account', [former('gus', 'gus2')], ['gus2'], USERS],
    ['twice', ['ann', 'id:ann', 'ann'], ['ann'], USERS],
    ['by nobody', [], [], USERS],
    ['by the name of a role', ['role:A', 'ann'], ['role-a', 'ann'], ACCOUNTS],
    ['by the id of a role', ['id:role-b', 'role:id:role-c'], ['role-b', 'role-c'], ACCOUNTS],
    ['by the name of a deleted role', [`role:${former('A', 'role-b')}`], ['role-b'], ACCOUNTS],
    ['where only roles are possible', ['A', former('A', 'role-b'), 'id:role-c'], ['role-a', 'role-b', 'role-c'], ROLES],
    ['with the kind of account', [{ accountType: 'ApplicationRole', account: 'ann' }], ['role-c'], ACCOUNTS],
    ['with the kind of account', [{ accountType: 'User', account: 'ann' }], ['ann'], ACCOUNTS],
    ['with the kind of account', [{ accountType: 'ApplicationRole', account: 'role:A' }], ['role-a'], ACCOUNTS],
    ['by a bare id', ['bea', 'p-bea', 'ann'], ['bea', 'p-bea', 'ann'], OWNERS],
    ['by a name that is the id of a closed account', ['hal'], ['p-hal'], OWNERS],
    ['by the bare id of a closed account', ['gus'], ['gus'], OWNERS],
    ['by a name with spaces, to IIIF', [' a nn'], ['ann'], IIIF_USERS],
    ['by a name that only closed accounts had', ['gus', 'ann'], ['gus', 'gus2', 'ann'], IIIF_ONCE],
    ['as the service itself', ['steward', 'id:steward', 'secret-key'], ['steward', KEY_HOLDER._id], RECORDED],
    ['by the number of a profile', ['41', '42', 'one', 'p2'], ['p1', 'p2'], GNODE_USERS],
  ])('%s: %j', async (_, names, ids, rules) => {
    expect(await taken(names, rules)).toEqual(ids);
  });

  it.each<[NameInput[], unknown[], NameRules]>([
    [[null], ['user_null', []], USERS],
    [['ann', undefined], ['user_null', []], USERS],
    [['ann', 'x', 'gus', 'x', 'id:y'], ['user_unknown', ['x', 'gus', 'id:y']], USERS],
    [['role:A'], ['user_unknown', ['role:A']], USERS],
    [['steward'], ['user_unknown', ['steward']], USERS],
    [['gus~00000000'], ['user_unknown', ['gus~00000000']], USERS],
    [[former('ann', 'ann')], ['user_unknown', [former('ann', 'ann')]], USERS],
    [['x', 'role:x', 'role:y'], ['role_unknown', ['x']], ACCOUNTS],
    [['x'], ['role_unknown', ['x']], ROLES],
    [['my role:x'], ['role_unknown', ['my role:x']], ROLES],
    [[former('A', 'role-a')], ['role_unknown', [former('A', 'role-a')]], ROLES],
    [['A~00000000'], ['role_unknown', ['A~00000000']], ROLES],
    [['id:role-x'], ['role_unknown', ['id:role-x']], ACCOUNTS],
    [['x', 'y'], ['staff_name_unknown', ['x']], IIIF_USERS],
    [['gus'], ['staff_name_unknown', ['gus']], IIIF_USERS],
    [['no name'], ['username_invalid', expect.anything()], NAMED_USERS],
    [['x', 'id:no name'], ['user_unknown', ['x', 'id:no name']], NAMED_USERS],
    [['Odd@name', 'X'], ['username_invalid', expect.anything()], KBASE_USERS],
    [['role:X Y'], ['role_unknown', ['X Y']], KBASE_ACCOUNTS],
  ])('is refused where it is nobody: %j', async (names, refused, rules) => {
    expect(await taken(names, rules)).toEqual(refused);
  });

  it('is left out where it is nobody, if the rules say so', async () => {
    expect(await taken(['x', 'ann', '43', '7 7', '42x', '041', '41', ''], GNODE_USERS)).toEqual(['ann', 'p1']);
    expect(await taken(['x'], ANY_USERS)).toEqual([]);
  });

  it('is found in any state, also with a name that is none of KBase', async () => {
    expect(await taken(['dan', 'pen', 'Odd@name'], KBASE_USERS)).toEqual(['dan', 'p-pen', 'odd']);
    expect((await resolveToShow(database, ['Odd@name'], KBASE_USERS)).map(({ wire }) => wire)).toEqual(['Odd@name']);
  });

  it('is shown by what was written, without what is unknown', async () => {
    const names = ['Odd@name', 'x', former('gus', 'gus')];
    const found = await resolveEachToShow(database, names, KBASE_USERS);
    expect([...found].map(([text, { id }]) => [text, id])).toEqual([
      ['Odd@name', 'odd'],
      [former('gus', 'gus'), 'gus'],
    ]);
  });

  it.each<[string, NameRules, Record<string, string>]>([
    ['closed accounts', IIIF_ONCE, { halOld: 'hal', gus: 'gus', [former('gus', 'gus2')]: 'gus2' }],
    [
      'roles',
      ACCOUNTS,
      {
        ...{ 'role:ann': 'role-c', 'role:A': 'role-a', 'role:id:role-c': 'role-c', 'id:role-b': 'role-b' },
        [`role:${former('A', 'role-b')}`]: 'role-b',
      },
    ],
  ])('is told from others who are named in the same call: %s', async (_, rules, wanted) => {
    const wrong = [former('halOld', 'gus'), `role:${former('ann', 'role-b')}`, `role:${former('A', 'role-a')}`];
    const found = await resolveEachToShow(database, [...wrong, ...Object.keys(wanted)], rules);
    expect(Object.fromEntries([...found].map(([text, { id }]) => [text, id]))).toEqual(wanted);
  });

  it('is not looked up where the cache has them', async () => {
    const active = vi.fn(async () => new Map([['bea', person('cached', { username: 'bea' })]]));
    const rules = { ...USERS, people: { active } as unknown as People };
    const find = vi.fn(database.find.bind(database));
    const reader = Object.assign(Object.create(database), { find });
    const ids = (await resolveToTake(reader, ['bea', 'bea'], rules)).map(({ id }) => id);
    expect(ids).toEqual(['cached']);
    expect(active).toHaveBeenCalledExactlyOnceWith(['bea']);
    expect(find).not.toHaveBeenCalled();
    expect((await resolveToTake(reader, ['bea', 'ann'], rules)).map(({ id }) => id)).toEqual(['cached', 'ann']);
  });

  it('is one only', async () => {
    await expect(one(Promise.resolve([]))).rejects.toThrow('one name must resolve to one account');
    await expect(one(Promise.resolve(['a', 'b']))).rejects.toThrow('one name must resolve to one account');
    expect(await one(Promise.resolve(['a']))).toBe('a');
  });
});

describe('whoever is given something', () => {
  it.each<[string[], unknown[], NameRules]>([
    [['ann', 'dan'], ['recipient_unfit', ['dan', 'the account is disabled']], USERS],
    [[former('gus', 'gus')], ['recipient_unfit', [former('gus', 'gus'), 'the account is closed']], USERS],
    [['id:role-b'], ['recipient_unfit', [`role:${former('A', 'role-b')}`, 'the role was deleted']], ACCOUNTS],
    [['dan'], ['user_unknown', ['dan']], KBASE_ACCOUNTS],
    [['id:role-b'], ['recipient_unfit', [`role:${former('A', 'role-b')}`, 'the role was deleted']], KBASE_ACCOUNTS],
    [['Odd@name'], ['username_invalid', expect.anything()], KBASE_USERS],
    [['X', 'x'], ['username_invalid', expect.anything()], KBASE_USERS],
    [['x'], ['user_unknown', ['x']], KBASE_USERS],
  ])('must be able to receive it: %j', async (names, refused, rules) => {
    expect(await given(names, rules)).toEqual(refused);
  });

  it('is marked as named if they are pending, unless only the roster names them', async () => {
    const named = async (id: string) => (await database.get(principals, id))?.named;
    expect(await given(['pia', 'ann'], KBASE_ADMINS)).toEqual(['p-pia', 'ann']);
    expect(await named('p-pia')).toBeUndefined();
    expect(await given(['pia', 'role:A'], ACCOUNTS)).toEqual(['p-pia', 'role-a']);
    expect(await named('p-pia')).toBe(true);
  });
});

describe('whoever is acted as', () => {
  it('is active or pending', async () => {
    expect(await acted('ann')).toBe('ann');
    expect(await acted('pen')).toBe('p-pen');
    expect(await acted('dan')).toEqual(['user_unknown', ['dan']]);
    expect(await acted(former('gus', 'gus'))).toEqual(['user_unknown', [former('gus', 'gus')]]);
  });

  it('may be somebody whom only the issuer knows, by a name that is valid', async () => {
    expect(await acted('x')).toBeUndefined();
    expect(await acted('Odd@name', KBASE_USERS)).toEqual(['username_invalid', expect.anything()]);
    expect(await acted('x y', NAMED_USERS)).toEqual(['username_invalid', expect.anything()]);
    expect(await acted(null)).toEqual(['user_null', []]);
    expect(await acted(undefined)).toEqual(['user_null', []]);
  });
});
