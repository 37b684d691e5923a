import { describe, expect, it } from 'vitest';
import { originOf } from '../../support/house.ts';
import { openWorld } from './world.ts';

const tokenOf = (user: string) => originOf(user).authorization;

describe('the methods that KBase keeps for old clients', () => {
  it('take the token among the parameters, which takes precedence over that of the request', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'own' });
    await world.call('bea', 'create_workspace', { workspace: 'open', globalread: 'r' });
    for (const caller of [null, 'bea']) {
      expect(await world.call(caller, 'list_workspaces', { auth: tokenOf('ann'), excludeGlobal: 1 })).toMatchObject([
        { 0: 'own', 1: 'ann', 4: 'a', 5: 'n', 6: 1 },
      ]);
      expect(await world.call(caller, 'get_workspacemeta', { auth: tokenOf('ann'), id: 1 })).toMatchObject({
        0: 'own',
        1: 'ann',
        4: 'a',
        6: 1,
      });
    }
  });

  it('without it use the token of the request, or none', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'own' });
    await world.call('ann', 'create_workspace', { workspace: 'open', globalread: 'r' });
    const names = (listed: unknown) => (listed as [string][]).map(([name]) => name);
    expect(names(await world.call('ann', 'list_workspaces', {}))).toEqual(['own', 'open']);
    expect(names(await world.call(null, 'list_workspaces', {}))).toEqual(['open']);
    expect((await world.fails(null, 'get_workspacemeta', { id: 1 })).message).toBe(
      'Anonymous users may not read workspace 1',
    );
  });

  it('refuse an invalid token, even if the request itself has a valid one', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'own' });
    for (const [method, params] of [
      ['list_workspaces', {}],
      ['get_workspacemeta', { id: 1 }],
    ] as const) {
      // KBase words and numbers this otherwise than for a token in the header.
      expect(await world.fails('ann', method, { ...params, auth: 'made up' })).toMatchObject({
        reason: 'token_invalid',
        message: 'Auth service returned an error: 10020 Invalid token',
        code: -32500,
      });
      expect(await world.fails('ann', method, { ...params, auth: '' })).toMatchObject({
        reason: 'token_blank',
        message: 'token must be a non-whitespace string',
        code: -32500,
      });
    }
  });

  it('refuse disabled accounts', async () => {
    await using world = await openWorld();
    await world.call('ann', 'create_workspace', { workspace: 'own' });
    await world.run('disableUser', undefined, 'ann');
    const old = { auth: tokenOf('ann'), id: 1 };
    expect((await world.fails('bea', 'get_workspacemeta', old)).reason).toBe('account_disabled');
  });
});
