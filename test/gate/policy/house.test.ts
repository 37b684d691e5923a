import { expect, it } from 'vitest';
import { openHouse } from '../../support/house.ts';

const POLICY = `
rules:
  - name: librarian
    who: [carol]
    commands: [createWorkspace, listAdmins]
    as: ['*']
    allow: true
  - name: no-locks
    who: [dora]
    commands: [lockWorkspace]
    deny: true
  - name: why
    who: [anybody]
    commands: [disableUser]
    require: {reason: '^[A-Z]+-[0-9]+'}
`;

it('gives a command to somebody who is no administrator', async () => {
  await using house = await openHouse({ policy: POLICY });
  await house.meet('ann', 'eve', 'boss');
  const create = { command: 'createWorkspace', user: 'ann', params: { workspace: 'shelf' } };
  expect(await house.refusal('eve', create)).toBe('not_admin');
  const { result } = await house.administer('carol', create);
  expect(result).toEqual(expect.arrayContaining(['shelf', 'ann']));
  expect(await house.refusal('carol', { command: 'createWorkspace', user: 'boss', params: { workspace: 'x' } })).toBe(
    'command_not_allowed',
  );
  expect(await house.refusal('carol', { command: 'lockWorkspace', params: { id: 1 } })).toBe('rights_required');
  expect((await house.administer('carol', { command: 'listMyPrivileges' })).result).toMatchObject({
    role: 'none',
    commands: expect.arrayContaining(['createWorkspace']),
  });
  expect(
    (await house.administer('carol', { command: 'explain', params: { command: 'lockWorkspace' } })).result,
  ).toMatchObject({ verdict: 'deny' });
  const [record] = (await house.records()).filter((r) => r.command === 'createWorkspace' && r.outcome === 'success');
  expect(record).toMatchObject({ rule: 'policy:librarian', policy: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

it('requires a reason, and denies', async () => {
  await using house = await openHouse({ policy: POLICY });
  await house.meet('ann', 'dora');
  await house.administer('boss', { command: 'addAdmin', user: 'dora' });
  expect(await house.refusal('boss', { command: 'disableUser', user: 'ann' })).toBe('reason_required');
  await house.administer('boss', { command: 'disableUser', user: 'ann', reason: 'OPS-1 left' });
  expect(await house.refusal('dora', { command: 'lockWorkspace', params: { id: 1 } })).toBe('policy_denied');
  // dora cannot make an administrator to whom the rule does not apply.
  await house.meet('eve');
  expect(await house.refusal('dora', { command: 'addAdmin', user: 'eve' })).toBe('exceeds_own_rights');
  await house.administer('boss', { command: 'addAdmin', user: 'eve' });
});
