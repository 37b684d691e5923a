import { describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import type { CommandWriteCall } from '../../src/operations/calls.ts';
import type { Dependencies } from '../../src/operations/dependencies.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { Command } from '../../src/operations/operation.ts';
import { openHouse, originOf, type TestHouse, type Who } from '../support/house.ts';

/** Calls a method as this user, who hangs up when the signal aborts; resolves to `ok` or the reason of the refusal. */
async function call(house: TestHouse, user: Who, name: string, param: unknown, signal: AbortSignal): Promise<string> {
  const method = house.gate.method(name);
  if (method === undefined) throw new Error(`there is no ${name}`);
  const origin = { ...originOf(user), signal };
  const caller = await house.gate.identify(method, origin);
  try {
    await house.gate.call(method, { caller, params: [param], origin });
    return 'ok';
  } catch (error) {
    if (error instanceof StewardError) return error.reason;
    throw error;
  }
}

/** The commands, of which this one aborts when it has done all that it does, and is not yet committed. */
function abortingAfter(name: string, gone: () => AbortController): Command[] {
  return allCommands.map((command): Command => {
    if (command.name !== name || command.effect !== 'write') return command;
    const run = async (call: CommandWriteCall & Dependencies, params: never) => {
      const result = await command.run(call, params);
      gone().abort();
      return result;
    };
    return { ...command, run };
  });
}

const records = async (house: TestHouse, command: string) =>
  (await house.records()).filter((r) => r.command === command).map(({ outcome, error }) => [outcome, error]);
const workspaces = async (house: TestHouse) => house.contents('workspaces');

describe('A7: a caller who hangs up', () => {
  it('before the commit: the command has no effect, and one record that it failed', async () => {
    let gone = new AbortController();
    // With a lane of its own, and alone.
    for (const [command, params] of [
      ['createWorkspace', { workspace: 'abandoned' }],
      ['createRole', { name: 'abandoned' }],
    ] as const) {
      await using house = await openHouse({ commands: abortingAfter(command, () => gone) });
      await house.meet('boss');
      gone = new AbortController();
      const sent = { command, user: 'boss', params };
      expect(await call(house, 'boss', 'Workspace.administer', sent, gone.signal)).toBe('caller_gone');
      expect(await workspaces(house)).toEqual([]);
      expect(await house.contents('roles')).toEqual([]);
      expect(await records(house, command)).toEqual([['failed', 'caller_gone']]);
      // The same caller, who stays this time.
      gone = new AbortController();
      expect(await call(house, 'boss', 'Workspace.administer', sent, new AbortController().signal)).toBe('ok');
      expect(await records(house, command)).toEqual([
        ['failed', 'caller_gone'],
        ['success', undefined],
      ]);
    }
  });

  it('before the commit: a method has no effect and no record', async () => {
    const gone = new AbortController();
    let armed = false;
    // The transaction asks what time it is when it begins.
    const now = () => {
      if (armed) gone.abort();
      return new Date();
    };
    await using house = await openHouse({ now });
    await house.meet('ann');
    armed = true;
    const made = { type: 'block', name: 'abandoned' };
    expect(await call(house, 'ann', 'Resource.create', made, gone.signal)).toBe('caller_gone');
    expect(await house.contents('resources')).toEqual([]);
    expect(await records(house, 'Resource.create')).toEqual([]);
  });

  it('before anything was begun: nothing is begun', async () => {
    await using house = await openHouse();
    await house.meet('ann');
    const gone = AbortSignal.abort();
    expect(await call(house, 'ann', 'Resource.create', { type: 'block', name: 'x' }, gone)).toBe('caller_gone');
    expect(await call(house, 'boss', 'Workspace.administer', { command: 'listAdmins' }, gone)).toBe('caller_gone');
    expect(await house.contents('resources')).toEqual([]);
    expect(await records(house, 'listAdmins')).toEqual([['failed', 'caller_gone']]);
  });
});
