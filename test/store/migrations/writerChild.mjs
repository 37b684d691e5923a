/**
 * A running instance of format 1 that writes all the time, until it is refused for its format.
 *
 *     node writerChild.mjs <uri> <database>
 */
import { collection } from '../../../dist/store/collection.js';
import { Database } from '../../../dist/store/database.js';
import { FormatWatch } from '../../../dist/store/migrations/watch.js';
import { transact } from '../../../dist/store/transact.js';

const [uri, name] = process.argv.slice(2);
// What needs no record.
const entries = collection('outbox');
const database = await Database.connect({ uri, database: name, migrations: [] });
const watch = await FormatWatch.begin(database, '1.0.0-child');
let refused;
let committed = 0;

async function writer(number) {
  for (let n = 0; refused === undefined; n += 1) {
    try {
      await transact(database, { now: () => new Date() }, (tx) => tx.insert(entries, { _id: `${number}-${n}` }));
      committed += 1;
      if (committed === 50) console.log('writing');
    } catch (error) {
      if (error.reason === 'format_changed') refused = error.reason;
    }
  }
}

await Promise.all(Array.from({ length: 16 }, (_, number) => writer(number)));
console.log(`refused: ${refused}`);
await watch.stop();
await database.close();
