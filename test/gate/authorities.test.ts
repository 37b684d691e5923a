import { expect, it } from 'vitest';
import { authorityOfService, sameAuthority } from '../../src/gate/authorities.ts';
import { mintAdmin, mintAnonymous, mintService, mintUser } from '../../src/identity/mintAuthority.ts';
import type { Principal } from '../../src/identity/principal.ts';

const user = (more: Partial<Principal> = {}, roles: readonly string[] = ['r'], friends: readonly string[] = ['f']) => {
  const principal = {
    _id: 'ann',
    revision: 1,
    username: 'ann',
    kind: 'person',
    state: 'active',
    living: true,
  } as const;
  return mintUser({ ...principal, createdAt: new Date(0), ...more }, { roles, friends }, new Date(0));
};

it('two authorities are the same where they allow the same', () => {
  expect(sameAuthority(user(), user({ username: 'renamed', revision: 2 }))).toBe(true);
  for (const other of [
    user({ _id: 'bea' }),
    user({ state: 'disabled' }),
    user({}, ['r', 'q']),
    user({}, []),
    user({}, ['r'], []),
    mintAdmin(new Date(0)),
    mintAnonymous(new Date(0)),
  ]) {
    expect(sameAuthority(user(), other)).toBe(false);
    expect(sameAuthority(other, user())).toBe(false);
  }
  expect(sameAuthority(mintAdmin(new Date(0)), mintAdmin(new Date(0)))).toBe(true);
  expect(sameAuthority(mintAdmin(new Date(0)), mintService(new Date(0)))).toBe(false);
  expect(sameAuthority(mintAnonymous(new Date(0)), mintAdmin(new Date(0)))).toBe(false);
});

it('what the service does by itself is done with all rights, as the service', () => {
  expect(authorityOfService(new Date(0))).toEqual(mintService(new Date(0)));
});
