/**
 * Migrates as a process of its own, which stands still where the test wants to kill it: at the start of `change` of the
 * document `at` of the step `step`, or, where `at` is `end`, after the step's last batch.
 *
 *     node migrateChild.mjs <uri> <database> [<step> <at>]
 */
import { Database } from '../../../dist/store/database.js';
import { migrate } from '../../../dist/store/migrations/migrate.js';

const [uri, name, stepToStop, at] = process.argv.slice(2);

async function standStill() {
  console.log('here');
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
}

function counting(step, field) {
  return {
    name: step,
    summary: `Counts in ${field}.`,
    run: async ({ changeEach }) => {
      for (const pass of ['first', 'second']) {
        await changeEach({ name: pass, collection: 'things' }, async ({ _id }) => {
          if (step === stepToStop && `${pass} ${_id}` === at) await standStill();
          const update = { $inc: { [`${field}_${pass}`]: 1, revision: 1 } };
          return [{ collection: 'things', operation: { updateOne: { filter: { _id }, update } } }];
        });
      }
      if (step === stepToStop && at === 'end') await standStill();
    },
  };
}

const database = await Database.connect({
  uri,
  database: name,
  migrations: [counting('one', 'a'), counting('two', 'b')],
});
await migrate({
  database,
  program: '2.0.0-child',
  signal: new AbortController().signal,
  report: (line) => console.log(line),
  ignoreLiveInstances: true,
});
await database.close();
console.log('migrated');
