import { expect, it, vi } from 'vitest';
import type { DialectDoor, Identified, Origin } from '../../src/gate/door.ts';
import { Entrance } from '../../src/gate/entrance.ts';
import { ADMINISTER } from '../../src/gate/shapes.ts';

const origin: Origin = { requestId: 'r', authorization: undefined, address: '::1', socketAddress: '::1' };
const ann: Identified = { id: 'ann', name: 'ann' };
const gate = () => ({
  method: vi.fn(),
  identify: vi.fn(async () => ann),
  call: vi.fn(async () => ({ result: 5 })),
  refuseNotification: vi.fn(async () => undefined),
  mayRun: vi.fn(async () => true),
});

const ways: readonly [string, (door: DialectDoor) => Promise<unknown>][] = [
  ['identify', (door) => door.identify(ADMINISTER, origin)],
  ['call', (door) => door.call(ADMINISTER, { caller: ann, params: [1], origin })],
  ['refuseNotification', (door) => door.refuseNotification(ADMINISTER, ann, origin)],
  ['mayRun', (door) => door.mayRun(ann, 'addUser', { address: '::1' })],
];

it.each(ways)('while the service starts, migrates or ends, %s is refused, and says why', async (_, way) => {
  const entrance = new Entrance();
  const refused = (reason: string, message: RegExp) =>
    expect(way(entrance)).rejects.toMatchObject({ reason, message: expect.stringMatching(message) });
  expect(entrance.state).toBe('starting');
  await refused('not_ready', /it is starting$/);
  entrance.close('migrating');
  expect(entrance.state).toBe('migrating');
  await refused('not_ready', /it is migrating its database$/);
  entrance.open(gate());
  entrance.close('outdated');
  expect(entrance.state).toBe('outdated');
  await refused('format_changed', /was migrated or restored/);
});

it('while it is open, every call is passed on to the gate', async () => {
  const entrance = new Entrance();
  const inner = gate();
  entrance.open(inner);
  expect(entrance.state).toBe('open');
  expect(await Promise.all(ways.map(([, way]) => way(entrance)))).toEqual([ann, { result: 5 }, undefined, true]);
  expect(inner.identify).toHaveBeenCalledWith(ADMINISTER, origin);
  expect(inner.call).toHaveBeenCalledWith(ADMINISTER, { caller: ann, params: [1], origin });
  expect(inner.refuseNotification).toHaveBeenCalledWith(ADMINISTER, ann, origin);
  expect(inner.mayRun).toHaveBeenCalledWith(ann, 'addUser', { address: '::1' });
});

it('the methods are known from the start', () => {
  const entrance = new Entrance();
  expect(entrance.method('Workspace.administer')).toBe(ADMINISTER);
  expect(entrance.method('Workspace.ver')).toMatchObject({ name: 'Workspace.ver', paramCount: 0 });
  expect(entrance.method('Workspace.none')).toBeUndefined();
});
