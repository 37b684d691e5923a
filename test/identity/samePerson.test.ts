import { describe, expect, it } from 'vitest';
import { isAmong, type Qualified } from '../../src/identity/qualified.ts';
import { isSamePerson, linkedGroups } from '../../src/identity/samePerson.ts';
import { person } from '../support/people.ts';

const rules = { configured: [], issuers: [] };
const same = (one: object, other: object, linkedAccounts: readonly string[][] = []) =>
  isSamePerson({ ...rules, linkedAccounts }, person('a', one), person('b', other));

describe('two accounts are known to be one person’s', () => {
  it.each([
    ['by their email address', { email: 'Kim@Example.org' }, { email: ' kim@example.ORG ' }, true],
    ['not by an empty address', { email: ' ' }, { email: '' }, false],
    ['not by another address', { email: 'kim@example.org' }, { email: 'kim@example.com' }, false],
    ['by the identity in their tokens', { issuer: 'i', subject: 's' }, { issuer: 'i', subject: 's' }, true],
    ['not by the subject of another issuer', { issuer: 'i', subject: 's' }, { issuer: 'j', subject: 's' }, false],
    ['not without anything in common', { issuer: 'i', subject: 's' }, { issuer: 'i', subject: 't' }, false],
  ])('%s', (_, one, other, expected) => {
    expect(same(one, other)).toBe(expected);
  });

  it('by a link, by name or id, and through others', () => {
    const groups = linkedGroups(['kim=kim-admin', 'id:b=kim-admin', 'x=y']);
    expect(groups.map((group) => group.toSorted())).toEqual([
      ['id:b', 'kim', 'kim-admin'],
      ['x', 'y'],
    ]);
    expect(same({ username: 'kim' }, { username: 'other' }, groups)).toBe(true);
    expect(same({ username: 'kim' }, { username: 'other' }, [['kim', 'x']])).toBe(false);
    expect(linkedGroups(['a=b', 'c=d', 'b=c']).map((group) => group.toSorted())).toEqual([['a', 'b', 'c', 'd']]);
  });
});

describe('a rule names somebody', () => {
  const kim: Qualified = {
    person: person('k'),
    rank: { role: 'readOnly', source: 'token' },
    names: ['kim'],
    roles: ['guards', 'id:role-1'],
    tokenRoles: ['keepers'],
  };
  it.each([
    [['kim'], true],
    [['k'], false],
    [['id:k'], true],
    [['role:guards'], true],
    [['role:id:role-1'], true],
    [['role:keepers'], false],
    [['token-role:keepers'], true],
    [['token-role:guards'], false],
    [['admins'], false],
    [['readOnlyAdmins'], true],
    [['nobody', 'id:k'], true],
    [[], false],
  ])('with %j: %s', (by, expected) => {
    expect(isAmong(by, kim)).toBe(expected);
    expect(isAmong(['admins'], { ...kim, rank: { role: 'full', source: 'config' } })).toBe(true);
  });
});
