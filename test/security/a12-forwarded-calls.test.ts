import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { allCommands, allMethods } from '../../src/operations/index.ts';
import { openWorld, type World } from '../domain/workspaces/world.ts';
import type { StoredRecord } from '../support/house.ts';
import { type Loopback, startLoopback } from '../support/loopback.ts';

const SPEC = 'module Genomes { typedef int Plain; };';

/** For every method about modules that writes, the parameter of a call. */
const METHODS: Readonly<Record<string, unknown>> = {
  'Workspace.request_module_ownership': 'Genomes',
  'Workspace.register_typespec': { spec: SPEC, new_types: ['Plain'], dryrun: 0 },
  'Workspace.register_typespec_copy': { external_workspace_url: 'https://example.org/', mod: 'Genomes' },
  'Workspace.release_module': 'Genomes',
  'Workspace.grant_module_ownership': { mod: 'Genomes', new_owner: 'bea', with_grant_option: 0 },
  'Workspace.remove_module_ownership': { mod: 'Genomes', old_owner: 'bea' },
};

/** For every command about modules that writes, a call. */
const COMMANDS: Readonly<Record<string, object>> = {
  approveModRequest: { module: 'Genomes' },
  denyModRequest: { module: 'Genomes' },
  grantModuleOwnership: { params: { mod: 'Genomes', new_owner: 'bea' } },
  removeModuleOwnership: { params: { mod: 'Genomes', old_owner: 'bea' } },
};

/** What the service answers to methods that are not void. */
const ANSWERS = new Map<string, unknown>([
  ['Workspace.register_typespec', { 'Genomes.Plain-0.1': '{}' }],
  ['Workspace.register_typespec_copy', 1_700_000_000_000],
  ['Workspace.release_module', ['Genomes.Plain-1.0']],
]);

type Behaviour = 'answers' | 'refuses' | 'hangsUp' | 'answersHalf' | 'answersNonsense';

/** A service that has the modules, which counts what arrives. */
async function startTarget(behaviour: Behaviour): Promise<Loopback & { readonly arrived: string[] }> {
  const arrived: string[] = [];
  const loopback = await startLoopback(async (request, response) => {
    arrived.push(await bodyOf(request));
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    switch (behaviour) {
      case 'answers':
        return json(200, { version: '1.1', result: [ANSWERS.get(JSON.parse(arrived.at(-1) ?? '').method) ?? null] });
      case 'refuses':
        return json(500, {
          version: '1.1',
          error: { name: 'JSONRPCError', code: -32500, message: 'No.', error: null },
        });
      case 'hangsUp':
        return void response.destroy();
      case 'answersHalf':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"version":"1.1","res', () => response.destroy());
        return;
      case 'answersNonsense':
        response.writeHead(504, { 'content-type': 'text/html' });
        return void response.end('<h1>Gateway timeout</h1>');
    }
  });
  return { ...loopback, arrived };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** The records that the work leaves, and the reason that it is refused for. */
async function left(world: World, work: () => Promise<unknown>): Promise<{ records: StoredRecord[]; reason: string }> {
  const before = (await world.records()).length;
  const reason = await work().then(
    () => 'none',
    (error) => error.reason,
  );
  return { reason, records: (await world.records()).slice(before) };
}

const OUTCOMES: readonly [Behaviour, string, string][] = [
  ['answers', 'success', 'none'],
  ['refuses', 'failed', 'type_service_refused'],
  ['hangsUp', 'unknown', 'type_service_outcome_unknown'],
  ['answersHalf', 'unknown', 'type_service_outcome_unknown'],
  ['answersNonsense', 'unknown', 'type_service_outcome_unknown'],
];

describe('A12: calls that another service carries out', () => {
  it('are all looked at here', () => {
    const writing = (declared: readonly { name: string; effect: string; delegated?: true }[]) =>
      declared.flatMap((d) => (d.delegated && d.effect === 'write' ? [d.name] : []));
    expect(Object.keys(METHODS).toSorted()).toEqual(writing(allMethods).toSorted());
    expect(Object.keys(COMMANDS).toSorted()).toEqual(writing(allCommands).toSorted());
  });

  it.each(OUTCOMES)('leave one record each, where the service %s: %s', async (behaviour, outcome, reason) => {
    await using target = await startTarget(behaviour);
    await using world = await openWorld({ typeDelegationTarget: target.url });
    const calls = [
      ...Object.entries(METHODS).map(
        ([name, params]) => [name, 'method', 'ann', () => world.call('ann', name, params)] as const,
      ),
      ...Object.entries(COMMANDS).map(
        ([command, call]) =>
          [command, 'command', 'boss', () => world.administer('boss', { command, ...call })] as const,
      ),
    ];
    for (const [command, via, actor, call] of calls) {
      const found = await left(world, call);
      expect([command, found.reason]).toEqual([command, reason]);
      expect(found.records).toHaveLength(1);
      expect(found.records[0]).toMatchObject({
        ...{ command, via, outcome, actor: { name: actor }, remarks: [`delegated to ${target.url}`] },
        ...(reason === 'none' ? {} : { error: reason }),
      });
    }
    expect(target.arrived).toHaveLength(calls.length);
  });

  it('keep their parameters in the record, and answer with its receipt', async () => {
    await using target = await startTarget('answers');
    await using world = await openWorld({ typeDelegationTarget: target.url });
    const { records } = await left(world, () =>
      world.call('ann', 'register_typespec', METHODS['Workspace.register_typespec']),
    );
    expect(records[0]).toMatchObject({ params: { spec: SPEC, new_types: ['Plain'] }, changes: [], resources: [] });
  });

  it('are failed, and not unknown, where no connection could be made', async () => {
    const target = await startTarget('answers');
    await using world = await openWorld({ typeDelegationTarget: target.url });
    await target.stop();
    for (const call of [
      () => world.call('ann', 'release_module', 'Genomes'),
      () => world.administer('boss', { command: 'approveModRequest', module: 'Genomes' }),
    ]) {
      const { records, reason } = await left(world, call);
      expect(reason).toBe('type_service_unreachable');
      expect(records.map((r) => [r.outcome, r.error])).toEqual([['failed', 'type_service_unreachable']]);
    }
    expect(target.arrived).toEqual([]);
  });

  it('that only read leave the record of a command or none, and are never of unknown outcome', async () => {
    await using target = await startTarget('hangsUp');
    await using world = await openWorld({ typeDelegationTarget: target.url });
    const command = await left(world, () => world.administer('boss', { command: 'listModRequests' }));
    expect(command.reason).toBe('type_service_unreachable');
    expect(command.records.map((r) => r.outcome)).toEqual(['failed']);
    const method = await left(world, () => world.call('ann', 'get_module_info', { mod: 'Genomes' }));
    expect([method.reason, method.records]).toEqual(['type_service_unreachable', []]);
  });

  it('of unknown outcome are found by that outcome', async () => {
    await using target = await startTarget('hangsUp');
    await using world = await openWorld({ typeDelegationTarget: target.url });
    await world.call('ann', 'release_module', 'Genomes').catch(() => undefined);
    await world.administer('boss', { command: 'approveModRequest', module: 'M' }).catch(() => undefined);
    const page = (await world.run('getAudit', { outcome: 'unknown' })) as { records: { command: string }[] };
    expect(page.records.map((r) => r.command)).toEqual(['Workspace.release_module', 'approveModRequest']);
  });

  it('that were carried out are not said to be undone where their record cannot be stored', async () => {
    await using target = await startTarget('answers');
    await using world = await openWorld({ typeDelegationTarget: target.url, onError: () => undefined });
    await world.database.db.command({ collMod: 'audit', validator: { nothing: 'fits' }, validationAction: 'error' });
    for (const call of [
      () => world.call('ann', 'release_module', 'Genomes'),
      () => world.administer('boss', { command: 'approveModRequest', module: 'Genomes' }),
    ]) {
      await expect(call()).rejects.toMatchObject({ reason: 'type_service_outcome_unknown' });
    }
    expect(target.arrived).toHaveLength(2);
  });
});
