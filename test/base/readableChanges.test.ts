import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readableChanges } from '../../src/base/readableChanges.ts';
import { renderDryRun, renderRecord } from '../../src/cli/render.ts';
import { openHouse } from '../support/house.ts';

it('shows people what a command changed, and none of the fields that only the service needs', async () => {
  await using house = await openHouse();
  await house.administer('boss', { command: 'addUser', user: 'ann' });
  const { result } = await house.administer('boss', { command: 'disableUser', user: 'ann', dryRun: true });
  expect(JSON.stringify(result)).toContain('epoch');
  expect(renderDryRun(result)).toContain('state: pending → disabled');
  expect(renderDryRun(result)).not.toContain('epoch');
  await house.administer('boss', { command: 'disableUser', user: 'ann' });
  const { result: found } = await house.administer('boss', {
    command: 'getAudit',
    params: { command: 'disableUser', newestFirst: true, limit: 1 },
  });
  const [record] = (found as { records: Parameters<typeof renderRecord>[0][] }).records;
  if (record === undefined) throw new Error('there is no record');
  expect(JSON.stringify(record)).toContain('epoch');
  expect(renderRecord(record)).toContain('state pending → disabled');
  expect(renderRecord(record)).not.toMatch(/epoch|roster/);
});

it('leaves out a document of which nothing else changes, and no other one', () => {
  const field = { path: 'epoch', before: 1, after: 2 };
  const roster = { collection: 'roster', id: 'roster', op: 'update' as const, fields: [field] };
  const resource = { collection: 'resources', id: 'x', op: 'update' as const, fields: [field] };
  const added = { collection: 'roster', id: 'roster', op: 'insert' as const, after: { epoch: 1 } };
  expect(readableChanges([roster, resource, added])).toEqual([resource, added]);
});

it('leaves out exactly the fields that the declarations of collections call internal', () => {
  const ROOT = fileURLToPath(new URL('../..', import.meta.url));
  const check = ['.scripts/collectionFields.mjs', '--check'];
  expect(() => execFileSync('node', check, { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
});

it('puts names in the place of ids: in values, in keys of lists and of objects, and beside documents', () => {
  const names = { u1: 'ann', u2: 'bea', ws1: 'ann:data' };
  const fields = [
    { path: 'grants[u2]', after: { principal: 'u2', level: 'write' } },
    { path: 'owners', before: ['u1'], after: ['u2', 'u3'] },
  ];
  const update = { collection: 'workspaces', id: 'ws1', op: 'update' as const, fields };
  const removal = { collection: 'passwords', id: 'u1', op: 'remove' as const, before: { _id: 'u1', by: { u1: 1 } } };
  expect(readableChanges([update, removal], names)).toEqual([
    {
      ...{ collection: 'workspaces', id: 'ws1', op: 'update', name: 'ann:data' },
      fields: [
        { path: 'grants[bea]', after: { principal: 'bea', level: 'write' } },
        { path: 'owners', before: ['ann'], after: ['bea', 'u3'] },
      ],
    },
    { collection: 'passwords', id: 'u1', op: 'remove', name: 'ann', before: { _id: 'u1', by: { ann: 1 } } },
  ]);
});

it('takes no name from what every object has', () => {
  const change = { collection: 'resources', id: 'toString', op: 'insert' as const, after: { name: 'constructor' } };
  expect(readableChanges([change], {})).toEqual([change]);
});
