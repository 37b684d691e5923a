import { expect, it } from 'vitest';
import { openWorld } from './world.ts';

const CALLS = 120;
const AT_A_TIME = 40;

it.each([
  ['setPermissions', (n: number) => ({ new_permission: n % 2 === 0 ? 'r' : 'w', users: ['bea'] })],
  ['setWorkspaceDescription', (n: number) => ({ description: `description ${n}` })],
] as const)(`${CALLS} calls of %s on one workspace, ${AT_A_TIME} at a time, all succeed`, async (command, paramsOf) => {
  await using world = await openWorld();
  await world.call('ann', 'create_workspace', { workspace: 'crowded' });
  const left = Array.from({ length: CALLS }, (_, n) => n);
  const client = async () => {
    for (let n = left.pop(); n !== undefined; n = left.pop()) {
      await world.administer('boss', { command, params: { workspace: 'crowded', ...paramsOf(n) } });
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
  const changed = (await world.records()).filter((r) => r.command === command && r.outcome === 'success');
  expect(changed).toHaveLength(CALLS);
});
