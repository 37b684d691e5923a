import { afterAll, beforeAll, expect, it } from 'vitest';
import { schemaOf } from '../../../src/base/schemas/validator.ts';
import { allCommands } from '../../../src/operations/index.ts';
import { cursorOf } from '../../../src/store/cursor.ts';
import { openHouse, type TestHouse } from '../../support/house.ts';

/** What each list that has pages needs beside a cursor. */
const PARAMS: Readonly<Record<string, object>> = {
  getAudit: {},
  listAllWorkspaces: {},
  listExpiring: {},
  listApprovals: {},
  listJobs: {},
  listOwned: { type: 'workspace' },
  listResources: {},
  listRoles: {},
  listUsers: {},
};

/** Lists whose cursor is for a part of the result. */
const WITHIN = ['getJob', 'changeOwner', 'changeOwnership', 'offboard', 'revertJob'];

const hasCursor = ({ params }: (typeof allCommands)[number]) =>
  Object.hasOwn((schemaOf(params).properties ?? {}) as object, 'cursor');

it('every list with pages is tested here', () => {
  const names = allCommands.filter(hasCursor).map((c) => c.name);
  expect(names.filter((name) => !WITHIN.includes(name)).sort()).toEqual(Object.keys(PARAMS).sort());
});

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
  await house.meet('boss');
});
afterAll(() => house[Symbol.asyncDispose]());

it.each(Object.entries(PARAMS))('%s refuses a cursor of another list', async (command, params) => {
  const user = command === 'listOwned' ? { user: 'boss' } : {};
  const ask = (cursor: string) =>
    house.refusal('boss', { command, ...user, params: { ...params, cursor } }).catch(() => 'answered');
  const foreign = cursorOf(command === 'listUsers' ? 'roles' : 'users', 'a', 'b');
  const list = command === 'listApprovals' ? 'requests for approval' : command.slice(4).toLowerCase();
  const crooked = cursorOf(list, 17, null, true);
  for (const cursor of ['nonsense', '0:0', 'e30', foreign, crooked]) expect(await ask(cursor)).toBe('invalid_params');
});
