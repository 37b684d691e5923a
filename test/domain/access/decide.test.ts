import { expect, it } from 'vitest';
import { divide } from '../../../src/domain/access/cascade.ts';
import { type AccessFields, decide, grantLevelsFrom, isOwn } from '../../../src/domain/access/decide.ts';
import { mintAdmin, mintUser } from '../../../src/identity/mintAuthority.ts';

const principal = { _id: 'bea', revision: 1, username: 'bea', kind: 'person', state: 'active', living: true } as const;
const bea = mintUser({ ...principal, createdAt: new Date(0) }, { roles: ['readers'], friends: [] }, new Date(0));

const resource = (fields: Partial<AccessFields>): AccessFields => ({
  ...{ type: 'workbooks', owners: ['ann'], grants: [], visibility: 'private' },
  ...fields,
});

it('one of several owners cannot delete alone, but only if the type says so', () => {
  const owners = ['ann', 'bea'];
  expect(decide(bea, 'delete', resource({ type: 'manifest', owners }))).toEqual({
    ...{ allowed: false, level: 'owner', reason: 'owner', shared: true },
  });
  expect(decide(bea, 'delete', resource({ owners }))).toEqual({ allowed: true, level: 'owner', reason: 'owner' });
  expect(decide(mintAdmin(new Date(0)), 'delete', resource({ type: 'manifest', owners })).allowed).toBe(true);
});

it('an owner through a role has the level of an owner, because of that role', () => {
  const decision = decide(bea, 'rename', resource({ owners: ['readers'] }));
  expect(decision).toEqual({ allowed: true, level: 'owner', reason: 'role:readers' });
});

it('of two grants of the same level, the reason is the one to the user', () => {
  const [role, own] = ['readers', 'bea'].map((id) => ({ principal: id, level: 'write' as const }));
  for (const grants of [
    [role, own],
    [own, role],
  ]) {
    expect(decide(bea, 'write', resource({ grants: grants as never })).reason).toBe('grant');
  }
});

it("a level is the user's own unless it is everybody's or an administrator's", () => {
  const reasons = ['admin', 'public', 'nothing', 'owner', 'grant', 'friend', 'role:readers'] as const;
  const own = reasons.filter((b) => isOwn({ allowed: true, level: 'read', reason: b }));
  expect(own).toEqual(['owner', 'grant', 'friend', 'role:readers']);
});

it('the levels of grants from one on are that one and those above it', () => {
  expect(grantLevelsFrom('none')).toEqual(['read', 'write', 'admin']);
  expect(grantLevelsFrom('read')).toEqual(['read', 'write', 'admin']);
  expect(grantLevelsFrom('write')).toEqual(['write', 'admin']);
  expect(grantLevelsFrom('admin')).toEqual(['admin']);
});

it('what somebody may only do some of the wanted with is refused', () => {
  const node = (_id: string, level: 'read' | 'admin') => ({
    ...resource({ grants: [{ principal: 'bea', level }] }),
    ...{ _id, parents: [] },
  });
  const [read, all] = [node('read', 'read'), node('all', 'admin')];
  expect(divide(bea, ['read', 'share'], [read, all])).toEqual({ allowed: [all], refused: [read] });
  expect(divide(bea, ['share', 'read'], [read, all])).toEqual({ allowed: [all], refused: [read] });
});
