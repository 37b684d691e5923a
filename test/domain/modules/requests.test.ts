import { describe, expect, it } from 'vitest';
import { openWorld } from '../workspaces/world.ts';
import { openModule } from './spec.ts';

describe('a request for a module', () => {
  it('is pending until it is approved, which makes the module with its requester as owner', async () => {
    await using world = await openWorld();
    await world.call('ann', 'request_module_ownership', 'Genomes');
    await world.call('bea', 'request_module_ownership', 'Reads');
    expect(await world.run('listModRequests')).toEqual([
      { ownerUserId: 'ann', withChangeOwnersPrivilege: true, moduleName: 'Genomes' },
      { ownerUserId: 'bea', withChangeOwnersPrivilege: true, moduleName: 'Reads' },
    ]);
    // KBase's key beside the command, and the parameter that Steward's clients send.
    await world.administer('boss', { command: 'approveModRequest', module: 'Genomes' });
    await world.run('denyModRequest', { module: 'Reads' });
    expect(await world.run('listModRequests')).toEqual([]);
    expect(await world.call(null, 'list_modules', {})).toEqual(['Genomes']);
    expect(await world.call(null, 'list_modules', { owner: 'ann' })).toEqual(['Genomes']);
    expect(await world.call(null, 'list_modules', { owner: 'bea' })).toEqual([]);
    expect(await world.call(null, 'list_modules', { owner: 'nobody' })).toEqual([]);
    await world.call('cec', 'request_module_ownership', 'Reads');
  });

  it('is refused for a name that is taken, requested already, or invalid', async () => {
    await using world = await openWorld();
    await openModule(world, 'Taken');
    await world.call('ann', 'request_module_ownership', 'Wanted');
    const said = async (name: unknown) => (await world.fails('bea', 'request_module_ownership', name)).message;
    expect(await said('Taken')).toBe('Module Taken was already registered');
    expect(await said('Wanted')).toBe('Registration of module Wanted was already requested');
    expect(await said('')).toBe('Module name cannot be null or the empty string');
    expect(await said('a b')).toBe('Illegal character in Module name a b:  ');
    expect(await said('é')).toBe('Illegal character in Module name é: é');
    expect(await said('a'.repeat(256))).toBe('Module name size is > 255 bytes');
    expect((await world.fails('bea', 'request_module_ownership', { $ne: 1 })).reason).toBe('params_type');
    expect((await world.fails(null, 'request_module_ownership', 'Other')).reason).toBe('token_missing');
  });

  it('is one of at most 30 pending ones of a user', async () => {
    await using world = await openWorld();
    for (let i = 0; i < 30; i += 1) await world.call('ann', 'request_module_ownership', `M${i}`);
    const { message } = await world.fails('ann', 'request_module_ownership', 'M30');
    expect(message).toBe('User ann has maximal count of requests: 30');
    await world.call('bea', 'request_module_ownership', 'M30');
  });

  it('for the same name by many callers at once is one', async () => {
    await using world = await openWorld();
    await using other = await openWorld({ beside: world });
    const requests = await Promise.allSettled(
      ['ann', 'bea', 'cec', 'dan'].map((user, i) =>
        (i % 2 ? world : other).call(user, 'request_module_ownership', 'Hot'),
      ),
    );
    expect(requests.filter((r) => r.status === 'fulfilled')).toHaveLength(1);
    for (const request of requests) {
      if (request.status === 'rejected') expect(request.reason.reason).toBe('module_requested');
    }
  });

  it('that two approve at the same time makes one module, and is decided once', async () => {
    await using world = await openWorld();
    await using other = await openWorld({ beside: world });
    await world.call('ann', 'request_module_ownership', 'Hot');
    const decisions = await Promise.allSettled([
      world.run('approveModRequest', { module: 'Hot' }),
      other.run('denyModRequest', { module: 'Hot' }),
      other.run('approveModRequest', { module: 'Hot' }),
    ]);
    expect(decisions.filter((d) => d.status === 'fulfilled')).toHaveLength(1);
    const records = (await world.records()).filter((r) => r.outcome === 'success' && r.command.endsWith('ModRequest'));
    expect(records).toHaveLength(1);
  });

  it('shows in a dry run what a decision would do, and names the module in its record', async () => {
    await using world = await openWorld();
    await world.call('ann', 'request_module_ownership', 'Genomes');
    const object = { command: 'approveModRequest', module: 'Genomes' };
    const { plan, changes } = (await world.administer('boss', { ...object, dryRun: true })).result as {
      plan: string;
      changes: object[];
    };
    expect(changes).toMatchObject([
      { collection: 'moduleRequests', id: 'Genomes', op: 'remove' },
      { collection: 'modules', id: 'Genomes', op: 'insert' },
    ]);
    expect(await world.contents('modules')).toEqual([]);
    await world.administer('boss', { ...object, plan });
    expect((await world.records()).at(-1)).toMatchObject({
      command: 'approveModRequest',
      params: { module: 'Genomes' },
      outcome: 'success',
    });
  });

  it('of an account that was closed meanwhile can be denied, but not approved', async () => {
    await using world = await openWorld();
    await world.call('ann', 'request_module_ownership', 'Genomes');
    await world.run('deleteUser', undefined, 'ann');
    expect(await world.message('approveModRequest', { module: 'Genomes' })).toBe('The account ann is closed');
    expect(await world.run('listModRequests')).toMatchObject([
      { ownerUserId: expect.stringMatching(/^ann~[0-9a-f]{8}$/) },
    ]);
    await world.run('denyModRequest', { module: 'Genomes' });
  });
});
