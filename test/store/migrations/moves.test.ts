import { expect, it } from 'vitest';
import type { Database } from '../../../src/store/database.ts';
import { migrations } from '../../../src/store/migrations/index.ts';
import type { Migration, Move } from '../../../src/store/migrations/migration.ts';
import { openWorld } from '../../domain/workspaces/world.ts';
import { spread } from '../../support/long.ts';
import { migrated, scratchFixture } from './scratch.ts';

/** Puts the plates where an older layout had them, and their audit records as they would have been written then. */
async function asOlderLayout({ db }: Database): Promise<void> {
  const plates = await db.collection('resources').find({ type: 'plate' }).toArray();
  await db.collection('resources').deleteMany({ type: 'plate' });
  await db.collection('instruments').insertMany(plates);
  const ids = plates.map((plate) => String(plate._id));
  for (const batch of await db.collection('audit').find().toArray()) {
    for (const record of batch.records) {
      for (const change of record.changes) {
        if (change.collection === 'resources' && ids.includes(change.id)) change.collection = 'instruments';
      }
      record.resources = record.resources.map((place: string) =>
        ids.some((id) => place === `resources/${id}`) ? place.replace('resources/', 'instruments/') : place,
      );
    }
    await db.collection('audit').replaceOne({ _id: batch._id }, batch);
  }
}

const moving = (moves: readonly Move[]): Migration => ({
  name: 'plates-are-resources',
  summary: 'Moves the plates to the other resources.',
  moves,
  run: async ({ changeEach }) => {
    await changeEach({ name: 'move plates', collection: 'instruments' }, (plate) => [
      { collection: 'resources', operation: { insertOne: { document: plate } } },
      { collection: 'instruments', operation: { deleteOne: { filter: { _id: plate._id } } } },
    ]);
  },
});

const MOVES = [
  ['are taken back', [{ from: 'instruments', to: 'resources' }], ['cat', 'cat', 'cat', 'cat', 'cat']],
  ['are not known where no step says so', [], ['bob', 'bob', 'bob', 'bob', 'bob']],
] as const;

it.each(spread(MOVES, 1))('changes that were recorded before their collection moved %s', async (_, moves, owners) => {
  await using scratch = await scratchFixture();
  const database = await scratch.connect([...migrations, moving(moves)]);
  await asOlderLayout(database);
  await migrated(database);
  await using world = await openWorld({ on: database });
  const moved = { type: 'plate', name: /^moved/ };
  const plates = () => database.db.collection('resources').find(moved).toArray();
  expect((await plates()).map((plate) => plate.owners[0])).toEqual(['bob', 'bob', 'bob', 'bob', 'bob']);
  const job = await database.db.collection('jobs').findOne({ kind: 'changeOwner', 'from.name': 'cat' });
  await world.run('revertJob', { id: String(job?._id) });
  await world.worker.turn('jobs');
  expect((await plates()).map((plate) => plate.owners[0])).toEqual(owners);
});

it('the audit finds the records of a document under every name that its collection had', async () => {
  await using scratch = await scratchFixture();
  const database = await scratch.connect([...migrations, moving([{ from: 'instruments', to: 'resources' }])]);
  await asOlderLayout(database);
  await migrated(database);
  await using world = await openWorld({ on: database });
  const plate = await database.db.collection('resources').findOne({ name: 'moved 0' });
  const commands = async (place: string) => {
    const { records } = (await world.run('getAudit', { resource: `${place}/${plate?._id}` })) as {
      records: { command: string }[];
    };
    return records.map((r) => r.command);
  };
  await world.run('updateResource', { type: 'plate', externalId: plate?.externalId, name: 'renamed' });
  expect(await commands('resources')).toEqual(['createResource', 'changeOwner', 'updateResource']);
  expect(await commands('instruments')).toEqual(['createResource', 'changeOwner', 'updateResource']);
});
