import { RawJson } from '../../../src/base/json/rawJson.ts';
import type { TestHouse, TestHouseOptions } from '../../support/house.ts';
import { meetAll, openWorld, type World, worldOf } from '../workspaces/world.ts';

/** The specification with which KBase was recorded, and more types. */
const SPEC = `
module PeerTest {
  /* @optional opt
     @metadata ws name as thename
     @metadata ws length(nums) as listlen */
  typedef structure { string name; int num; list<int> nums; string opt; } SimpleType;
  /* @id ws */
  typedef string ref;
  typedef structure { list<ref> refs; } RefType;
  /* @id ws PeerTest.SimpleType */
  typedef string simple_ref;
  typedef structure { simple_ref simple; } StrictRefType;
  typedef structure { mapping<ref, int> counts; } RefMapType;
  /* @id handle */
  typedef string handle;
  typedef structure { list<handle> handles; } HandleType;
  /* @id sample */
  typedef string sample;
  /* @id bytestream */
  typedef string bytestream;
  /* @id external */
  typedef string external;
  /* @id kb */
  typedef string kb;
  /* @optional handle sample bytestream external kb */
  typedef structure { handle handle; sample sample; bytestream bytestream; external external; kb kb; } IdsType;
  /* @optional any */
  typedef structure { UnspecifiedObject any; } AnyType;
};`;

/** Data as text, as it arrives. */
export const raw = (data: unknown) => new RawJson(Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)));

export type Saved = [
  number,
  string,
  string,
  string,
  number,
  string,
  number,
  string,
  string,
  number,
  Record<string, string>,
];

/** A world with types and ann's workspace 1, `ann:one`. */
export interface SavingWorld extends World {
  /** Saves objects into workspace 1 as this user, by the command; `data` is made text. */
  save(user: string, ...objects: Record<string, unknown>[]): Promise<Saved[]>;
  /** The error message of this call. */
  refusedSave(user: string, ...objects: (Record<string, unknown> | null)[]): Promise<string>;
}

export const simple = (more: object = {}) => ({
  type: 'PeerTest.SimpleType',
  data: { name: 'n1', num: 5, nums: [1, 2, 3] },
  ...more,
});

/** The parameters of a save into a workspace. */
export const saveParams = (objects: readonly (Record<string, unknown> | null)[], workspace: object = { id: 1 }) => ({
  ...workspace,
  objects: objects.map((o) =>
    o === null || o.data === undefined || o.data === null ? o : { ...o, data: raw(o.data) },
  ),
});

/** Makes what is in a {@link SavingWorld}. */
export async function makeSaving(house: TestHouse): Promise<void> {
  await meetAll(house);
  const world = worldOf(house);
  await world.call('ann', 'request_module_ownership', 'PeerTest');
  await world.administer('boss', { command: 'approveModRequest', module: 'PeerTest' });
  const types = ['SimpleType', 'RefType', 'StrictRefType', 'RefMapType', 'HandleType', 'IdsType', 'AnyType'];
  await world.call('ann', 'register_typespec', { spec: SPEC, new_types: types, dryrun: 0 });
  await world.call('ann', 'release_module', 'PeerTest');
  await world.run('createWorkspace', { workspace: 'ann:one' }, 'ann');
}

/** A saving world, in which more may have been made by `make`. */
export async function openSavingWorld(options: TestHouseOptions = {}, make = makeSaving): Promise<SavingWorld> {
  return savingIn(await openWorld(options, make));
}

/** The world as a saving world. */
export function savingIn(world: World): SavingWorld {
  return {
    ...world,
    save: async (user, ...objects) => (await world.run('saveObjects', saveParams(objects), user)) as Saved[],
    refusedSave: (user, ...objects) => world.message('saveObjects', saveParams(objects), user),
  };
}
