import { openSavingWorld, type SavingWorld, simple } from '../objects/savingWorld.ts';

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
export async function openClockedWorld(): Promise<ClockedWorld> {
  const start = Math.floor(Date.now() / 1000) * 1000;
  let minutes = 0;
  const now = () => new Date(start + minutes * MINUTE);
  const world = await openSavingWorld({ now });
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

/** Something of ann's in every system that has grants. */
export async function fill(world: SavingWorld): Promise<Record<'plate' | 'folder' | 'segment', string>> {
  await world.save('ann', { name: 'first', ...simple() });
  const made = async (type: string, more: object = {}) =>
    ((await world.call('ann', 'Resource.create', { type, name: 'thing', ...more })) as { id: string }).id;
  return {
    plate: await made('plate'),
    folder: await made('folders', { externalId: '/@Catalog/things' }),
    segment: await made('segment'),
  };
}
