import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands } from '../../src/operations/index.ts';
import type { TestHouse } from '../support/house.ts';
import { inTurn, spread } from '../support/long.ts';
import { bytesOf, calls, peopledHouse } from './calls.ts';

/** Operators of MongoDB as objects and lists, the form in which they work. */
const OPERATORS: readonly unknown[] = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $where: 'sleep(10000) || true' },
  { $expr: { $eq: [1, 1] } },
  { $in: ['boss', 'ann'] },
  { $exists: true },
  { $or: [{}] },
  [{ $ne: null }],
  ['boss', { $gt: '' }],
  { _bsontype: 'ObjectId', id: 'x' },
  { toString: 'boss', length: 4 },
];

/** And as text, which must be like any other text. */
const TEXTS = [
  '{"$ne":null}',
  '$ne',
  '$where: sleep(10000)',
  "'; return true; var x='",
  '.*',
  '^',
  '$$ROOT',
  'admins.0',
  'a.b',
  '$set',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
];

/** Each place gets one of them, and each of them gets to many places. */
const operators = inTurn(OPERATORS, 1);
const texts = inTurn(TEXTS, 1);

const REASONS = ['invalid_params', 'username_invalid', 'user_unknown', 'command_unknown', 'command_malformed'].concat([
  'checkpoint_unfit',
  'module_missing',
  'module_not_requested',
  'workspace_missing',
  'workspace_name_invalid',
  'workspace_not_named',
  'workspace_locked',
  'permission_unknown',
  'globalread_invalid',
  'object_missing',
  'user_null',
  'object_name_invalid',
  'object_not_named',
  'reference_invalid',
  'resource_missing',
  'typestring_invalid',
  'role_unknown',
  'staff_unknown',
  'staff_name_unknown',
  'staff_fields_invalid',
  'iiif_invalid',
  'iiif_object_missing',
  'passkey_refused',
  'passkey_unknown',
]);

const prototypes = () => [Object.prototype, Array.prototype, String.prototype].map((p) => Reflect.ownKeys(p));
const untouched = prototypes();

let house: TestHouse;
let before: Record<string, string>;
beforeAll(async () => {
  house = await peopledHouse();
  before = await bytesOf(house);
});
afterAll(async () => {
  expect(await bytesOf(house)).toEqual(before);
  expect(prototypes()).toEqual(untouched);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
  await house[Symbol.asyncDispose]();
});

/** The result, or the reason of the refusal. Writes run dry: in a transaction, which is undone. */
async function attempt(object: {
  command: string;
  user?: unknown;
  params?: unknown;
}): Promise<{ result?: unknown; reason?: string }> {
  const effect = allCommands.find((c) => c.name === object.command)?.effect;
  return house.administer('boss', { ...object, ...(effect === 'write' ? { dryRun: true } : {}) }).then(
    ({ result }) => ({ result }),
    (error) => (error instanceof StewardError ? { reason: error.reason } : Promise.reject(error)),
  );
}

/** How many documents an answer shows, or a dry run would change, beside the roster. */
function rows(result: unknown): number {
  const { users, records, changes } = (result ?? {}) as Record<string, { collection?: string }[]>;
  return (users ?? records ?? changes ?? []).filter((r) => r.collection !== 'roster').length;
}

const slots = allCommands.flatMap((c) =>
  Object.entries((schemaOf(c.params).properties ?? {}) as Record<string, { type?: string }>)
    // Metadata has whatever keys its users like: `workspaces/create.test.ts` shows that they are never more than that.
    // So has the content of a resource: `resources/content.test.ts`.
    // And what IIIF publishes: `rest/iiifObjects.test.ts`.
    .filter(([slot, { type }]) => slot !== 'meta' && slot !== 'data' && !(slot === 'object' && type === 'object'))
    .filter(([slot]) => c.name !== 'alterWorkspaceMetadata' || slot !== 'new')
    .map(([slot, schema]) => [c.name, slot, schema.type] as const),
);

describe('an operator of MongoDB', () => {
  it.each(spread(slots, 60))('is refused in %s, in the parameter %s', async (command, slot, type) => {
    for (const operator of operators()) {
      const values = type === 'array' ? [operator, [operator]] : [operator];
      for (const value of values) {
        const params = { ...calls[command]?.params, [slot]: value };
        const { reason } = await attempt({ command, ...calls[command], params });
        // Of an object that is to be saved, its name is looked for first.
        const expected = command === 'saveObjects' ? /^(invalid_params|object_not_named)$/ : /^invalid_params$/;
        expect({ value, reason }).toEqual({ value, reason: expect.stringMatching(expected) });
      }
    }
  });

  it.each(spread(slots, 60))('as text is text, in %s, in the parameter %s', async (command, slot, type) => {
    for (const text of texts()) {
      const params = { ...calls[command]?.params, [slot]: type === 'array' ? [text] : text };
      const { reason, result } = await attempt({ command, ...calls[command], params });
      if (reason !== undefined) expect(REASONS).toContain(reason);
      // A cursor is where a page begins: any text is before or after the users there are.
      else if (slot === 'cursor' && command === 'listUsers')
        expect((result as { users: unknown[] }).users.length).toBeLessThanOrEqual(9);
      // The subject of tokens is free text, and a name may have dots and underscores: then one user is made or named
      // so. So may a workspace's name, and a description is free text: then one workspace is made or changed so. And so
      // are the names and external ids of resources, the names of roles, folders, objects and accounts, and passwords.
      // An account and its password are two documents. The reason for a decision about a request is free text too, and so is the name of a passkey. An object's workspace shows its name too.
      else if (command === 'renameObject') expect(rows(result)).toBe(2);
      else {
        const free =
          /^addUser|^renameUser|Workspace|^createRe|^createRole|^updateResource|Iiif|Staff|^createAdmin|^createFolder|CatalogItem|^setPassword|^setOwnedBy|^approve$|Approval$|^confirmPasskey$/.test(
            command,
          );
        expect([command, slot, rows(result)]).toEqual([command, slot, free ? expect.toSatisfy((n) => n <= 2) : 0]);
      }
    }
  });

  it.each(allCommands.map((c) => [c.name, c] as const))(
    'is refused or nobody as the user of %s',
    async (name, command) => {
      for (const user of operators()) {
        expect(await attempt({ command: name, ...calls[name], user })).toEqual({
          reason: 'command_malformed',
        });
      }
      if (command.user !== 'target') return;
      for (const user of texts()) {
        const { reason, result } = await attempt({ command: name, ...calls[name], user });
        if (reason !== undefined) expect(REASONS).toContain(reason);
        else expect([name, rows(result)]).toEqual(['addUser', 1]);
      }
    },
  );

  it.each(['module', 'reason', 'idempotencyKey', 'plan', 'dryRun'])('is refused as %s', async (key) => {
    for (const operator of OPERATORS) {
      const reason = await house.refusal('boss', { command: 'addUser', user: 'eve', [key]: operator });
      expect(reason).toBe(key === 'module' ? 'command_malformed' : 'option_invalid');
    }
  });

  it('is refused as params if a command has any', async () => {
    for (const { name } of allCommands.filter((c) => c.takes === 'closed' || c.takes === 'strict')) {
      for (const params of operators()) {
        expect(await attempt({ command: name, ...calls[name], params })).toEqual({ reason: 'invalid_params' });
      }
    }
  });

  it('as an idempotency key is like any other key', async () => {
    await using other = await peopledHouse();
    for (const idempotencyKey of TEXTS) {
      const call = { command: 'setConfig', params: { set: {} }, idempotencyKey };
      await other.administer('boss', call);
      await other.administer('boss', call);
    }
    const tally = (await other.records()).filter((r) => r.command === 'setConfig').map((r) => r.outcome);
    expect(tally.filter((o) => o === 'success')).toHaveLength(TEXTS.length);
    expect(tally.filter((o) => o === 'replayed')).toHaveLength(TEXTS.length);
  });
});

describe('names that every object has, and paths into documents', () => {
  const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'a.b', '$set', '$where', ''];
  const names = inTurn(NAMES, 1);

  it.each(NAMES)('are no command: %j', async (command) => {
    const error = await house.refused('boss', { command });
    expect(error.message).toBe(`I don't know how to process the command: ${command}`);
  });

  it.each(NAMES)('are no key of the command object: %j', async (key) => {
    const object = JSON.parse(`{"command": "listAdmins", ${JSON.stringify(key)}: {"x": 1}}`);
    expect(await house.refusal('boss', object)).toBe('command_malformed');
  });

  it('are no parameter', async () => {
    for (const { name } of allCommands.filter((c) => c.takes === 'closed' || c.takes === 'strict')) {
      for (const key of names()) {
        const params = JSON.parse(`{${JSON.stringify(key)}: {"x": 1}}`);
        const { reason } = await attempt({
          command: name,
          ...calls[name],
          params: { ...params, ...calls[name]?.params },
        });
        expect([name, key, reason]).toEqual([name, key, 'invalid_params']);
      }
    }
  });

  it.each(NAMES)('are no parameter of a command without parameters: %j', async (key) => {
    const detail = JSON.parse(`{"detail": true, ${JSON.stringify(key)}: {"detail": true}}`);
    expect(await house.refusal('boss', { command: 'listAdmins', params: detail })).toBe('invalid_params');
  });

  it.each(NAMES)('are no setting: %j', async (key) => {
    const set = JSON.parse(`{${JSON.stringify(key)}: 5, "backend-file-retrieval-scaling": 5}`);
    const { message } = await house.refused('boss', { command: 'setConfig', params: { set } });
    expect(message).toBe(`Unexpected key in configuration map: ${key}`);
  });

  it('are not used for a missing parameter', async () => {
    const params = Object.create({ newName: 'inherited', detail: true });
    expect(await house.refusal('boss', { command: 'renameUser', user: 'ann', params })).toBe('invalid_params');
    const { result } = await house.administer('boss', { command: 'listAdmins', params });
    expect(result).toContain('boss');
  });

  it('are users like any other if the characters are allowed, with their rights under their ids', async () => {
    await using other = await peopledHouse();
    for (const name of ['__proto__', 'constructor', 'a.b', 'toString']) {
      await other.administer('boss', { command: 'addUser', user: name, params: { id: `${name}` } });
      await other.meet(name);
      expect(await other.refusal(name, { command: 'listAdmins' })).toBe('not_admin');
    }
    const odd = { sub: '$set.admins[x]', name: 'odd' };
    await other.signIn(odd);
    await other.administer('boss', { command: 'addAdmin', user: 'odd', params: { role: 'readOnly' } });
    await other.administer('boss', { command: 'addAdmin', user: 'odd' });
    expect((await other.administer(odd, { command: 'listAdmins' })).result).toContain('odd');
    await other.administer('boss', { command: 'removeAdmin', user: 'odd' });
    expect(await other.refusal(odd, { command: 'listAdmins' })).toBe('not_admin');
  });
});
