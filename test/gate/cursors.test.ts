import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StewardError } from '../../src/base/errors.ts';
import { type JsonSchema, schemaOf } from '../../src/base/schemas/validator.ts';
import { allCommands, allMethods } from '../../src/operations/index.ts';
import { originOf, type TestHouse } from '../support/house.ts';
import { inTurn } from '../support/long.ts';
import { peopledHouse } from './calls.ts';

/** A list that is shown a page at a time: the call for a page of one, with a cursor or without. */
interface Paged {
  readonly name: string;
  readonly call: (page: { readonly limit: 1; readonly cursor?: unknown }) => {
    readonly user?: string;
    readonly params: object;
  };
}

const DONE = '3'.repeat(24);

/** Every list, in each of its orders. */
const LISTS: readonly Paged[] = [
  { name: 'listUsers', call: (page) => ({ params: page }) },
  { name: 'listRoles', call: (page) => ({ params: page }) },
  { name: 'listResources', call: (page) => ({ params: page }) },
  { name: 'listResources', call: (page) => ({ params: { type: 'workspace', ...page } }) },
  { name: 'listResources', call: (page) => ({ params: { pathPrefix: '/@Catalog', ...page } }) },
  { name: 'listAllWorkspaces', call: (page) => ({ params: page }) },
  { name: 'listAllWorkspaces', call: (page) => ({ params: { prefix: 'bea', ...page } }) },
  { name: 'listAllWorkspaces', call: (page) => ({ params: { after: '2020-01-01T00:00:00Z', ...page } }) },
  { name: 'listJobs', call: (page) => ({ params: page }) },
  { name: 'listApprovals', call: (page) => ({ params: page }) },
  { name: 'getJob', call: (items) => ({ params: { id: DONE, items } }) },
  { name: 'listExpiring', call: (page) => ({ params: { within: 36_500, ...page } }) },
  { name: 'listOwned', call: (page) => ({ params: { user: 'cec', type: 'workbooks', ...page } }) },
  { name: 'getAudit', call: (page) => ({ params: page }) },
  { name: 'getAudit', call: (page) => ({ params: { newestFirst: true, ...page } }) },
  { name: 'changeOwner', call: (page) => ({ params: { from: 'cec', to: 'bea', page } }) },
  { name: 'reclaim', call: (page) => ({ params: { from: 'id:gus', to: 'bea', page } }) },
  { name: 'offboard', call: (page) => ({ user: 'cec', params: { to: 'bea', page } }) },
  { name: 'revertJob', call: (page) => ({ params: { id: DONE, page } }) },
  { name: 'Resource.list', call: (page) => ({ params: page }) },
  { name: 'Workspace.list_admin_actions', call: (page) => ({ params: page }) },
  { name: 'Workspace.list_notices', call: (page) => ({ params: page }) },
];

/** Whether a key `cursor` stands anywhere in a schema. */
function isPaged(schema: unknown): boolean {
  if (schema === null || typeof schema !== 'object') return false;
  const { properties = {} } = schema as { properties?: Record<string, JsonSchema> };
  return 'cursor' in properties || Object.values(schema).some(isPaged);
}

it('every list with a cursor is here', () => {
  const paged = [...allCommands, ...allMethods].filter(
    ({ params }) => params !== undefined && isPaged(schemaOf(params)),
  );
  expect(paged.map(({ name }) => name).sort()).toEqual([...new Set(LISTS.map(({ name }) => name))].sort());
});

let house: TestHouse;
/** A cursor of each list, in the order of {@link LISTS}. */
const cursors: string[] = [];

beforeAll(async () => {
  house = await peopledHouse();
  for (const command of [
    { command: 'createRole', params: { name: 'readers' } },
    // Gives each of the lists a second page.
    { command: 'changeOwner', params: { from: 'stan', to: 'cec' } },
    ...['one', 'two'].map((name) => ({
      command: 'createResource',
      params: {
        type: 'workbooks',
        name,
        externalId: `/@Catalog/${name}`,
        owners: [{ accountType: 'User', owner: 'cec' }],
      },
    })),
    ...['one', 'two'].map((workspace) => ({ command: 'createWorkspace', user: 'ann', params: { workspace } })),
    ...[1, 4, 5].map((id) => ({ command: 'setPermissions', params: { id, new_permission: 'r', users: ['bea'] } })),
    ...[4, 5].map((id) => ({
      command: 'setPermissions',
      params: { id, new_permission: 'r', users: ['cec'], expires: '2099-12-31T23:59:59Z' },
    })),
    ...[1, 4, 5].map((id) => ({ command: 'setPermissions', params: { id, new_permission: 'n', users: ['bea'] } })),
  ]) {
    await house.administer('boss', command);
  }
  const resources = house.database.db.collection<{ _id: string }>('resources');
  const ofGus = await resources.findOne({ owners: 'gus' });
  if (ofGus !== null) await resources.insertOne({ ...ofGus, _id: 'res-another' });
  for (const list of LISTS) cursors.push(String((await made(list)).next));
}, 600_000);
afterAll(() => house[Symbol.asyncDispose]());

async function made({ name, call }: Paged, cursor?: unknown): Promise<{ readonly next?: string }> {
  const sent = call({ limit: 1, ...(cursor === undefined ? {} : { cursor }) });
  const command = allCommands.find((c) => c.name === name);
  if (command !== undefined) {
    const object = { command: name, ...sent, ...(command.effect === 'write' ? { dryRun: true } : {}) };
    return (await house.administer('boss', object)).result as { next?: string };
  }
  const method = house.gate.method(name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  const origin = originOf('bea');
  const caller = await house.gate.identify(method, origin);
  return (await house.gate.call(method, { caller, params: [sent.params], origin })).result as { next?: string };
}

const refusalOf = (list: Paged, cursor: unknown) =>
  made(list, cursor).then(
    () => 'a page',
    (error) => (error instanceof StewardError ? error.message : Promise.reject(error)),
  );

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const keyOf = (cursor: string): unknown[] => JSON.parse(Buffer.from(cursor, 'base64url').toString());
const REFUSED = /cursor must be the `next` of a page of the same query \(of .+\)$/;

/** Whether this cannot stand last in a cursor instead of what does: a text takes the place of a text, whatever it says. */
const isWrong = (value: unknown, last: unknown) => typeof value !== typeof last || typeof last === 'number';

type Nonsense = (own: string, key: readonly unknown[]) => string | undefined;

/** What is no cursor, made from one of the list and from what stands in that; undefined where it might be one. */
const NONSENSE: readonly Nonsense[] = [
  ...['nonsense', '0', '-', ' '].map((text) => () => text),
  (own) => own.slice(0, -3),
  (own) => `${own}!`,
  (own) => ` ${own}`,
  (own) => `${own}=`,
  (own) => `${own}AAAA`,
  ...[null, 1, 'x', {}, [], [[]]].map((value) => () => encoded(value)),
  (_, key) => encoded({ list: key[0] }),
  (_, key) => encoded([key[0]]),
  (_, key) => encoded([...key, 'more']),
  (_, key) => encoded([...key, null]),
  (_, key) => encoded(['plain', ...key]),
  ...[-1, 1.5, 1e300, null, true, 'é', '\u0000'].map(
    (value): Nonsense =>
      (_, key) =>
        isWrong(value, key.at(-1)) ? encoded([...key.slice(0, -1), value]) : undefined,
  ),
];
/** Values that the schema refuses. */
const NO_TEXT: readonly ((own: string) => unknown)[] = [
  () => '',
  () => 1,
  (own) => [own],
  (own) => ({ cursor: own }),
  () => 'x'.repeat(2001),
];
const nonsense = inTurn(NONSENSE, 4);
const noText = inTurn(NO_TEXT, 1);
const others = inTurn([...LISTS.keys()], 3);

describe.each(LISTS.map((list, i) => [`${list.name} #${i}`, list, i] as const))('a cursor of %s', (_, list, i) => {
  it('begins the next page', async () => {
    expect(cursors[i]).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(await refusalOf(list, cursors[i])).toBe('a page');
  });

  it('is refused if it is nonsense', async () => {
    const [own = '', key] = [cursors[i], keyOf(cursors[i] ?? '')];
    for (const make of nonsense()) {
      const text = make(own, key);
      if (text === undefined) continue;
      expect([text, await refusalOf(list, text)]).toEqual([text, expect.stringMatching(REFUSED)]);
    }
    // The error of the schema says what a cursor is.
    for (const make of noText()) expect(await refusalOf(list, make(own))).not.toBe('a page');
  });

  it('is refused if it is of another list', async () => {
    for (const other of others()) {
      const cursor = cursors[other] ?? '';
      if (keyOf(cursor)[0] === keyOf(cursors[i] ?? '')[0]) continue;
      const { name } = LISTS[other] as Paged;
      expect([name, await refusalOf(list, cursor)]).toEqual([name, expect.stringMatching(REFUSED)]);
    }
  });
});
