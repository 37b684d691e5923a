import { expect, it } from 'vitest';
import type { User } from '../../src/base/schemas/generated.ts';
import { handle } from '../../src/base/schemas/handle.ts';
import { acting, command } from '../support/acting.ts';
import { openHouse } from '../support/house.ts';

/** A command with several parameters, of which `user` is one but not a target. */
const find = command({
  ...acting,
  name: 'find',
  effect: 'read',
  user: 'ignored',
  takes: 'closed',
  params: handle<User>('defs.json#/definitions/user'),
  run: async (_, params: User) => params.user,
});
const others = { id: 'x', kind: 'person', state: 'active', created: '2026-01-01T00:00:00Z' };

it('a parameter `user` may be sent in the command object, for commands that have one', async () => {
  await using house = await openHouse({ commands: [find] });
  const found = async (object: object) => (await house.administer('boss', { command: 'find', ...object })).result;
  expect(await found({ params: { ...others, user: 'ann' } })).toBe('ann');
  expect(await found({ user: 'ann', params: others })).toBe('ann');
  expect(await found({ user: 'bea', params: { ...others, user: 'ann' } })).toBe('ann');
  expect(await house.refusal('boss', { command: 'find', user: 'ann' })).toBe('invalid_params');
  expect(await house.refusal('boss', { command: 'find', user: 'ann', params: [] })).toBe('invalid_params');
  const records = (await house.records()).filter((r) => r.command === 'find');
  expect(records.map(({ params }) => (params as { user?: string } | undefined)?.user)).toEqual([
    'ann',
    'ann',
    'ann',
    undefined,
    undefined,
  ]);
});
