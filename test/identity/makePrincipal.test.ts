import { describe, expect, it, vi } from 'vitest';
import {
  claimPrincipal,
  makeLocalAccount,
  makePrincipal,
  type NewPrincipal,
  renamePrincipal,
} from '../../src/identity/makePrincipal.ts';
import { ACCOUNTS_ISSUER, type Principal } from '../../src/identity/principal.ts';
import { type AdminRules, emptyRoster } from '../../src/identity/roster.ts';
import { KBASE_ISSUER } from '../../src/identity/token.ts';
import type { Transaction } from '../../src/store/transaction.ts';
import { NOW, person } from '../support/people.ts';

const RULES: AdminRules = { configured: ['boss', 'id:s-chief', 'bound'], issuers: ['jwt'] };
const TOKEN_RULES: AdminRules = { ...RULES, tokenRoles: { full: [], readOnly: [] } };

/** A transaction on a directory with these users, in which `bound` is bound. */
function within(...present: readonly Principal[]) {
  const roster = { ...emptyRoster(), bindings: [{ entry: 'bound', principal: 'p-bound' }] };
  return {
    now: NOW,
    newId: () => 'new-id',
    get: async (_: unknown, id: string) =>
      id === roster._id ? roster : (present.find(({ _id }) => _id === id) ?? null),
    insert: async (_: unknown, made: object) => ({ revision: 1, ...made }),
    update: vi.fn(async (_: unknown, __: unknown, after: object) => after),
  } as unknown as Transaction & { readonly update: ReturnType<typeof vi.fn> };
}

const user: NewPrincipal = { username: 'ann', kind: 'person', state: 'active', issuer: 'jwt', subject: 's1' };
const staff = { kind: 'staff', issuer: ACCOUNTS_ISSUER } as const;
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    ({ reason, message }) => `${reason}: ${message}`,
  );

describe('a name or id that is reserved', () => {
  type By = 'issuer' | 'administrator';
  const made = (more: Partial<NewPrincipal>, by: By = 'administrator', rules = RULES) =>
    outcome(makePrincipal(within(), rules, { by, ...user, ...more }));
  const configured =
    /^name_reserved: .*an administrator of the configuration file \(ws-admin\), who comes with a token/;

  it.each(['steward', 'secret-key'])('of the service itself may come from an issuer only: %s', async (username) => {
    expect(await made({ username })).toMatch(/^name_reserved: .*the service itself/);
    expect(await made({ username }, 'issuer')).toBe('done');
  });

  it.each(['steward', '["jwt","s1"]', 'role-1'])('may be the subject in a token, and is no id: %s', async (subject) => {
    expect(await made({ subject })).toMatch(/^id_reserved: /);
    expect(await makePrincipal(within(), RULES, { by: 'issuer', ...user, subject })).toMatchObject({ _id: 'new-id' });
  });

  it('that ws-admin names and nobody has yet is for the bearer of a token', async () => {
    expect(await made({ username: 'boss' })).toMatch(configured);
    expect(await made({ username: 'boss' }, 'issuer')).toBe('done');
    expect(await made({ username: 'boss' }, 'administrator', TOKEN_RULES)).toBe('done');
    expect(await made({ username: 'bound' })).toBe('done');
    const { subject: _, ...pending } = { ...user, username: 'boss', state: 'pending' } as const;
    expect(await outcome(makePrincipal(within(), RULES, { by: 'administrator', ...pending }))).toBe('done');
    const rules = { ...RULES, issuers: [KBASE_ISSUER] };
    const kbase = { issuer: KBASE_ISSUER, username: 'boss' };
    expect(await made({ ...kbase, subject: 'boss' }, 'administrator', rules)).toBe('done');
    expect(await made({ ...kbase, subject: 'another' }, 'administrator', rules)).toMatch(configured);
    expect(await made({ username: 'boss', subject: 'boss' })).toMatch(configured);
  });

  it('that ws-admin names is for no local account, bound or not', async () => {
    for (const username of ['boss', 'bound', 'id:s-chief']) {
      expect(await made({ ...staff, username })).toMatch(configured);
      expect(await made({ ...staff, username }, 'administrator', TOKEN_RULES)).toMatch(configured);
      expect(await made({ ...staff, issuer: 'jwt', username }, 'issuer')).toMatch(/^username_conflict: /);
    }
    expect(await made({ kind: 'staff', issuer: 'jwt', subject: 's-chief' })).toMatch(configured);
    expect(await made({ ...staff, subject: 's-chief' })).toBe('done');
    expect(await made(staff)).toBe('done');
  });
});

it('a user whose subject is free has it as their id, and is bound to the name', async () => {
  const tx = within(person('s2'));
  expect(await makePrincipal(tx, RULES, { by: 'issuer', ...user, username: 'boss' })).toEqual({
    ...{ ...user, _id: 's1', revision: 1, username: 'boss', living: true, createdAt: NOW },
  });
  expect(tx.update).toHaveBeenCalledTimes(1);
  expect(await makePrincipal(tx, RULES, { by: 'issuer', ...user, subject: 's2' })).toMatchObject({ _id: 'new-id' });
});

describe('another name', () => {
  const ann = person('p1', { username: 'ann', issuer: 'jwt', subject: 's1' });

  it('that an administrator gives must not be reserved; one that a token brings may be', async () => {
    const renamed = (username: string, more = {}) =>
      outcome(renamePrincipal(within(), RULES, { present: ann, username, ...more }));
    expect(await renamed('steward')).toMatch(/^name_reserved: /);
    expect(await renamed('boss')).toMatch(/^name_reserved: /);
    const token = { tokenName: 'boss', tokenNameAt: NOW };
    expect(await renamed('boss', { token })).toBe('done');
    expect(await renamed('bea')).toBe('done');
  });

  it('is stored with the token that brought it, and bound if ws-admin has it', async () => {
    const tx = within();
    const token = { tokenName: 'boss', tokenNameAt: NOW };
    const renamed = await renamePrincipal(tx, RULES, { present: ann, username: 'boss', token });
    expect(renamed).toEqual({ ...ann, username: 'boss', ...token });
    expect(tx.update.mock.calls.map(([, , after]) => after)).toEqual([
      renamed,
      expect.objectContaining({
        bindings: [
          { entry: 'bound', principal: 'p-bound' },
          { entry: 'boss', principal: 'p1' },
        ],
      }),
    ]);
  });
});

it('a token gives no account of staff a name that ws-admin has', async () => {
  const identity = { issuer: 'jwt', subject: 's1', tokenName: 'boss', tokenNameAt: NOW };
  const pending = person('p1', { username: 'boss', kind: 'staff', state: 'pending' });
  expect(await outcome(claimPrincipal(within(), RULES, { pending, identity }))).toMatch(/^username_conflict: /);
  const present = person('p1', { username: 'ann', kind: 'staff' });
  const renaming = { present, username: 'boss', token: identity };
  expect(await outcome(renamePrincipal(within(), RULES, renaming))).toMatch(/^username_conflict: /);
});

it('an account that is kept here has an identity that no token has, and stays as it is unless it was pending', async () => {
  const { subject: _, issuer: __, ...unclaimed } = person('p1');
  const kept = (state: Principal['state'], more = {}) =>
    makeLocalAccount(within(), RULES, { ...unclaimed, state, ...more });
  const identity = { issuer: ACCOUNTS_ISSUER, subject: 'p1' };
  expect(await kept('pending')).toEqual({ ...unclaimed, ...identity, state: 'active' });
  expect(await kept('disabled')).toEqual({ ...unclaimed, ...identity, state: 'disabled' });
  for (const username of ['boss', 'steward']) {
    expect(await outcome(kept('pending', { username }))).toMatch(/^name_reserved: /);
  }
});
