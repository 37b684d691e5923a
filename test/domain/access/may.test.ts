import { describe, expect, it } from 'vitest';
import { type Action, accessFields } from '../../../src/domain/access/decide.ts';
import { assertMay, type Guarded, guarding, holderOf, may } from '../../../src/domain/access/may.ts';
import type { Authority } from '../../../src/identity/authority.ts';
import { mintAdmin, mintAnonymous, mintUser } from '../../../src/identity/mintAuthority.ts';
import type { Reader } from '../../../src/store/collection.ts';

const principal = { _id: 'bea', revision: 1, username: 'bea', kind: 'person', state: 'active', living: true } as const;
const bea = mintUser({ ...principal, createdAt: new Date(0) }, { roles: ['readers'], friends: [] }, new Date(0));
const anonymous = mintAnonymous(new Date(0));

const resource = (fields: Partial<Guarded> = {}): Guarded => ({
  ...{ _id: 'r', revision: 1, type: 'plate', name: 'n', owners: ['ann'], grants: [], visibility: 'private' },
  ...fields,
});

/** Nothing is read of a resource that has rights of its own. */
const noReader = new Proxy({} as Reader, {
  get: (_, name) => {
    throw new Error(`${String(name)} was called`);
  },
});
const refusal = (who: Authority, action: Action, of: Guarded) =>
  assertMay({ reader: noReader, authority: who }, action, of).then(
    () => undefined,
    ({ reason, message }) => [reason, message],
  );

describe('what somebody may not do is refused', () => {
  it.each<[Action, string]>([
    ['read', 'read'],
    ['write', 'write to'],
    ['seeGrants', 'see the rights on'],
    ['share', 'share'],
    ['publish', 'publish'],
    ['describe', 'describe'],
    ['lock', 'lock'],
    ['rename', 'rename'],
    ['delete', 'delete'],
  ])('with the name of the user and of what they may not do: %s', async (action, verb) => {
    const of = resource();
    expect(await refusal(bea, action, of)).toEqual(['permission_denied', `User bea may not ${verb} plate r`]);
    expect(await refusal(anonymous, action, of)).toEqual([
      'permission_denied',
      `Anonymous users may not ${verb} plate r`,
    ]);
    expect(await may({ reader: noReader, authority: bea }, action, of)).toBe(false);
    expect(await may({ reader: noReader, authority: mintAdmin(new Date(0)) }, action, of)).toBe(true);
    expect(await refusal(mintAdmin(new Date(0)), action, of)).toBeUndefined();
  });

  it('with the other owners as the reason where these alone keep an owner from deleting it', async () => {
    const shared = resource({ type: 'manifest', owners: ['ann', 'bea'] });
    expect((await refusal(bea, 'delete', shared))?.[0]).toBe('owned_by_many');
    const foreign = resource({ type: 'manifest', owners: ['ann', 'cec'] });
    expect((await refusal(bea, 'delete', foreign))?.[0]).toBe('permission_denied');
    expect((await refusal(bea, 'write', foreign))?.[0]).toBe('permission_denied');
  });
});

it('what has no rights of its own and hangs below nothing is its own holder', async () => {
  const lost = resource({ type: 'property', parents: [] });
  expect(await holderOf(noReader, bea, lost)).toBe(lost);
  const { parents: _, ...without } = resource({ type: 'property' });
  expect(await holderOf(noReader, bea, without)).toBe(without);
});

it('of the grants those of who asks and of their roles are read', () => {
  expect(guarding(bea)).toEqual({ fields: accessFields, items: { grants: ['bea', 'readers'] } });
  expect(guarding(anonymous)).toEqual({ fields: accessFields, items: { grants: [] } });
});
