import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { tokenIn } from '../../../src/gate/workspaceService.ts';
import { originOf } from '../../support/house.ts';
import { type Loopback, startLoopback } from '../../support/loopback.ts';
import { openWorld } from '../workspaces/world.ts';
import { openModule, register, spec } from './spec.ts';

interface Sent {
  readonly token: string | undefined;
  readonly body: { readonly method: string; readonly params: readonly unknown[] };
}

interface Service extends Loopback {
  readonly sent: Sent[];
}

async function bodyOf(request: IncomingMessage): Promise<Sent['body']> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}

/** A service that answers with the result, or the error message, of this function. */
async function startService(
  answer: (body: Sent['body']) => { result: unknown } | { message: string } | string,
): Promise<Service> {
  const sent: Sent[] = [];
  const loopback = await startLoopback(async (request, response) => {
    const body = await bodyOf(request);
    sent.push({ token: request.headers.authorization, body });
    const given = answer(body);
    response.setHeader('content-type', 'application/json');
    if (typeof given === 'string') return void response.end(given);
    response.statusCode = 'result' in given ? 200 : 500;
    const error = { name: 'JSONRPCError', code: -32500, error: null, ...given };
    response.end(JSON.stringify({ version: '1.1', ...('result' in given ? given : { error, id: '1' }) }));
  });
  return { ...loopback, sent };
}

describe('modules of types that another service has', () => {
  it("are changed there: by the command as it was sent, with the caller's token", async () => {
    await using service = await startService(() => ({ result: [null] }));
    await using world = await openWorld({ typeDelegationTarget: service.url });
    await world.administer('boss', { command: 'approveModRequest', module: 'Genomes', reason: 'asked for' });
    await world.run('grantModuleOwnership', { mod: 'Genomes', new_owner: 'bea', with_grant_option: 1 });
    await world.call('ann', 'request_module_ownership', 'Reads');
    const [approve, grant, request] = service.sent;
    expect(approve?.body).toMatchObject({
      method: 'Workspace.administer',
      params: [{ command: 'approveModRequest', module: 'Genomes' }],
    });
    expect(approve?.body.params).not.toMatchObject([{ reason: expect.anything() }]);
    expect(approve?.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(grant?.body.params).toEqual([
      { command: 'grantModuleOwnership', params: { mod: 'Genomes', new_owner: 'bea', with_grant_option: 1 } },
    ]);
    expect(request?.body).toMatchObject({ method: 'Workspace.request_module_ownership', params: ['Reads'] });
    expect(request?.token).not.toBe(approve?.token);
    expect(await world.contents('moduleRequests')).toEqual([]);
    expect((await world.records()).find((r) => r.command === 'approveModRequest')).toMatchObject({
      outcome: 'success',
      params: { module: 'Genomes' },
      reason: 'asked for',
      changes: [],
      remarks: [`delegated to ${service.url}`],
    });
  });

  it('are refused here to callers without the right and for invalid parameters, and nothing is sent', async () => {
    await using service = await startService(() => ({ result: [[]] }));
    await using world = await openWorld({ typeDelegationTarget: service.url });
    await world.administer('boss', { command: 'addAdmin', user: 'cec', params: { role: 'readOnly' } });
    expect(await world.refusal('ann', { command: 'listModRequests' })).toBe('not_admin');
    expect(await world.refusal('cec', { command: 'denyModRequest', module: 'M' })).toBe('rights_required');
    expect(await world.message('grantModuleOwnership')).toBe(
      'Method parameters GrantModuleOwnershipParams may not be null',
    );
    expect(await world.message('removeModuleOwnership', { mod: 'M', foo: 1 })).toBe(
      'Unexpected arguments in RemoveModuleOwnershipParams: foo',
    );
    for (const option of [{ dryRun: true }, { idempotencyKey: 'k' }]) {
      expect(await world.refusal('boss', { command: 'denyModRequest', module: 'M', ...option })).toBe('option_invalid');
    }
    expect(service.sent).toEqual([]);
    expect((await world.administer('cec', { command: 'listModRequests' })).result).toEqual([]);
    expect(await world.run('getTypeDelegationTarget')).toEqual({ delegateTarget: service.url });
  });

  it('are refused with the message of the service that has them, without a token that it repeats', async () => {
    await using service = await startService(() => ({
      message: `There is no request for ${service.sent.at(-1)?.token}`,
    }));
    await using world = await openWorld({ typeDelegationTarget: service.url });
    const error = await world.refused('boss', { command: 'denyModRequest', module: 'M' });
    expect([error.code, error.message]).toEqual([-32500, 'There is no request for [token]']);
    expect((await world.records()).at(-1)).toMatchObject({ outcome: 'failed', error: 'type_service_refused' });
  });

  it.each([
    ['no JSON', 'hello', 'its answer is not that of a workspace service (status 200)'],
    ['JSON of another kind', '[1]', 'its answer is not that of a workspace service (status 200)'],
    ['more than is read', `"${'x'.repeat(9_000_000)}"`, 'the answer is larger than 8388608 bytes'],
  ])('cannot be copied from a service that answers with %s', async (_, text, why) => {
    await using service = await startService(() => text);
    await using world = await openWorld({ typeDelegationTarget: service.url });
    expect(await world.message('listModRequests')).toBe(
      `Could not contact the type service at ${service.url}/: ${why}`,
    );
    expect(await world.message('denyModRequest', { module: 'M' })).toBe(
      `The call was sent to the type service at ${service.url}/, and it is not known whether it was carried out: ${why}`,
    );
    await service.stop();
    expect(await world.refusal('boss', { command: 'listModRequests' })).toBe('type_service_unreachable');
  });

  it('get a token without its scheme', () => {
    const origin = originOf({ token: 'Bearer  abc ' });
    expect(tokenIn(origin)).toBe('abc');
  });
});

describe('a copy of a specification', () => {
  const text = spec('typedef structure { int a; } T; typedef structure { T t; } U; typedef int Plain;');
  const info = (more: object = {}) => ({
    result: [{ spec: text, types: { 'Mod.T-3.1': '{}', 'Mod.U-1.0': '{}' }, ...more }],
  });
  const copy = (url: string, more: object = {}) => ({ external_workspace_url: url, mod: 'Mod', ...more });

  it('registers the types that are registered there, and sends no token', async () => {
    await using service = await startService(() => info());
    await using world = await openWorld({ typespecCopySources: [service.url] });
    await openModule(world);
    await register(world, spec('typedef structure { int a; } T; typedef int Old;'), { new_types: ['T', 'Old'] });
    const version = await world.call('ann', 'register_typespec_copy', copy(service.url, { version: 17 }));
    expect(service.sent).toEqual([
      {
        token: undefined,
        body: { version: '1.1', id: '1', method: 'Workspace.get_module_info', params: [{ mod: 'Mod', ver: 17 }] },
      },
    ]);
    const { ver, types } = (await world.call('ann', 'get_module_info', { mod: 'Mod' })) as {
      ver: number;
      types: object;
    };
    expect([ver, Object.keys(types)]).toEqual([version, ['Mod.T-0.1', 'Mod.U-0.1']]);
  });

  it('includes what is equal here to what it includes there, and is refused without that', async () => {
    const base = (type: string) => spec(`typedef ${type} T;`, 'Base');
    await using there = await openWorld();
    const released = async (world: typeof there, source: string) => {
      await register(world, source, { ...(await newTypes(world)) });
      await world.call('ann', 'release_module', 'Base');
      return (await world.call('ann', 'get_module_info', { mod: 'Base' })) as { ver: number; chsum: string };
    };
    const newTypes = async (world: typeof there) =>
      (await world.contents('moduleVersions')).length === 0 ? { new_types: ['T'] } : {};
    await openModule(there, 'Base');
    const [older, newer] = [await released(there, base('int')), await released(there, base('string'))];
    const using = `#include <Base>\n${spec('typedef structure { Base.T t; } T;')}`;
    await using service = await startService(({ params: [sent] }) => {
      const { mod, ver } = sent as { mod: string; ver?: number };
      if (mod === 'Mod')
        return info({ spec: using, types: { 'Mod.T-1.0': '{}' }, included_spec_version: { Base: older.ver } });
      return { result: [ver === older.ver ? older : newer] };
    });
    await using world = await openWorld({ typespecCopySources: [service.url] });
    for (const module of ['Base', 'Mod']) await openModule(world, module);
    const refusal = `Can not find local module Base synchronized with external version ${older.ver} (md5=${older.chsum})`;
    const message = async () => (await world.fails('ann', 'register_typespec_copy', copy(service.url))).message;
    await released(world, base('string'));
    expect(await message()).toBe(refusal);
    // Equal, but not released.
    await register(world, base('int'));
    expect(await message()).toBe(refusal);
    await world.call('ann', 'release_module', 'Base');
    const { ver } = (await world.call('ann', 'get_module_info', { mod: 'Base' })) as { ver: number };
    await released(world, base('float'));
    await world.call('ann', 'register_typespec_copy', copy(service.url));
    expect(await world.call('ann', 'get_module_info', { mod: 'Mod' })).toMatchObject({
      included_spec_version: { Base: ver },
    });
  });

  it('is fetched only for owners', async () => {
    await using service = await startService(() => info());
    await using world = await openWorld({ typespecCopySources: [service.url] });
    await openModule(world);
    const reason = async (user: string, params: object) =>
      (await world.fails(user, 'register_typespec_copy', params)).reason;
    expect(await reason('bea', copy(service.url))).toBe('module_not_owned');
    expect(await reason('ann', copy(service.url, { mod: 'Other' }))).toBe('module_not_initialized');
    const message = async (params: object) => (await world.fails('ann', 'register_typespec_copy', params)).message;
    expect(await message({ mod: 'Mod' })).toBe('Must provide a URL for an external workspace service');
    expect(await message({ external_workspace_url: service.url })).toBe('Must provide a module name');
    expect(service.sent).toEqual([]);
  });

  it.each([
    ['nothing', { spec: undefined }, 'spec_unreachable'],
    ['a number', { spec: 5 }, 'spec_unreachable'],
    ['another module', { spec: spec('typedef int T;', 'Other'), types: {} }, 'module_not_initialized'],
    ['a module of the same owner', { spec: spec('typedef int T;', 'Second'), types: {} }, 'spec_invalid'],
    ['what is no specification', { spec: '<html>' }, 'spec_invalid'],
    ['types that are not in it', { types: { 'Mod.V-1.0': '{}' } }, 'types_invalid'],
    ['types without names', { types: { '': '', __proto__: '' } }, 'types_invalid'],
  ])('that turns out to be %s registers nothing', async (_, answer, reason) => {
    await using service = await startService(() => info(answer));
    await using world = await openWorld({ typespecCopySources: [service.url] });
    for (const module of ['Mod', 'Second']) await openModule(world, module);
    expect((await world.fails('ann', 'register_typespec_copy', copy(service.url))).reason).toBe(reason);
    expect(await world.contents('moduleVersions')).toEqual([]);
  });
});
