// A process that leaves a transaction open which has changed the roster: openTransactionChild.mjs URI DATABASE
import { rosters } from '../../dist/identity/roster.js';
import { Database } from '../../dist/store/database.js';
import { FormatWatch } from '../../dist/store/migrations/watch.js';
import { transact } from '../../dist/store/transact.js';

const [uri, name] = process.argv.slice(2);
const database = await Database.connect({ uri, database: name });
await FormatWatch.begin(database, 'test');
await transact(database, { now: () => new Date() }, async (tx) => {
  const roster = await tx.get(rosters, 'roster');
  await tx.update(rosters, roster, { ...roster, epoch: roster.epoch + 1 });
  await tx.sendWrites();
  console.log('open');
  await new Promise(() => setInterval(() => undefined, 1_000));
});
