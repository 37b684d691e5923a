import type { TestHouse } from '../../support/house.ts';
import { makeSaving, openSavingWorld, type SavingWorld, savingIn, simple } from '../objects/savingWorld.ts';
import { worldOf } from '../workspaces/world.ts';

const MINUTE = 60_000;

/** A world whose clock the test sets. */
export interface ClockedWorld extends SavingWorld {
  /** Sets the clock to so many minutes after the start. */
  setClock(minutes: number): void;
  /** The instant so many minutes after the start, as callers write it. */
  at(minutes: number): string;
  /** Removes what has expired, as the background task does. */
  sweep(): Promise<void>;
}

/** The start is a whole second, so that instants compare equal with what is stored. */
export async function openClockedWorld(make = makeSaving): Promise<ClockedWorld> {
  const start = Math.floor(Date.now() / 1000) * 1000;
  let minutes = 0;
  const now = () => new Date(start + minutes * MINUTE);
  const world = await openSavingWorld({ now }, make);
  return {
    ...world,
    setClock: (to) => {
      minutes = to;
    },
    at: (after) => new Date(start + after * MINUTE).toISOString(),
    sweep: async () => {
      await world.worker.turn('sweep expired rights');
    },
  };
}

/** A clocked world with something of ann's in every system that has grants: {@link thingsIn}. */
export const openFilledWorld = (): Promise<ClockedWorld> => openClockedWorld(fill);

async function fill(house: TestHouse): Promise<void> {
  await makeSaving(house);
  const world = savingIn(worldOf(house));
  await world.save('ann', { name: 'first', ...simple() });
  const make = (type: string, more: object = {}) =>
    world.call('ann', 'Resource.create', { type, name: 'thing', ...more });
  await make('plate');
  await make('folders', { externalId: '/@Catalog/things' });
  await make('segment');
}

/** The ids of what is in a {@link openFilledWorld} beside the workspace. */
export async function thingsIn(world: SavingWorld): Promise<Record<'plate' | 'folder' | 'segment', string>> {
  const resources = await world.contents('resources');
  const idOf = (type: string) => String(resources.find((resource) => resource.type === type)?._id);
  return { plate: idOf('plate'), folder: idOf('folders'), segment: idOf('segment') };
}
