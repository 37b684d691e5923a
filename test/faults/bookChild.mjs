// A process that makes a book and does something with it, and is killed before the N-th write of that:
//
//   bookChild.mjs URI DATABASE SECRET N NAME WHAT    WHAT is create, change, share or delete
//
// With N = 0 it is not killed, and prints how many writes there were.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { assemble } from '../../dist/assemble.js';
import { allCommands } from '../../dist/commands/index.js';
import { JwtSource } from '../../dist/identity/jwt.js';
import { mintToken } from '../../dist/identity/mint.js';
import { Database } from '../../dist/store/database.js';
import { book } from '../iiif/book.mjs';

const [uri, name, secret, fatal, bookName, what] = process.argv.slice(2);
const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'commitTransaction'];
/** So many that the changes do not stand in the record. */
const PAGES = 600;

const database = await Database.connect({ uri, database: name });
const house = await assemble({
  database,
  commands: allCommands,
  tokens: new JwtSource({ secret }),
  issuer: 'local',
  issuers: ['local'],
  rules: { configured: ['boss'] },
  version: '0',
  onError: (error) => console.error(error),
  warn: () => undefined,
});
const method = house.gate.method('Workspace.administer');
const authorization = mintToken({ secret, username: 'boss', lifetimeSeconds: 600 });
const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
const caller = await house.gate.identify(method, origin);
const administer = (command, params) => house.gate.call(method, caller, [{ command, params }], origin);

const base = 'https://iiif.example.org';
const at = { base, type: 'manifest', identifier: bookName };
const object = (label) => book(base, bookName, { pages: PAGES, label });
const works = {
  create: () => administer('createIiifObject', { ...at, object: object('Page') }),
  change: () => administer('updateIiifObject', { ...at, object: object('Folio') }),
  share: () =>
    administer('updateStaffPermissions', {
      ...{ manifests: [`${base}/${bookName}/manifest`], username: 'reader', action: 'ADD' },
    }),
  delete: () => administer('deleteIiifObject', at),
};
if (what !== 'create') await works.create();
if (what === 'share') await administer('createStaff', { username: 'reader', password: 'a password' });

let writes = 0;
const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js');
const send = Connection.prototype.sendCommand;
Connection.prototype.sendCommand = function (namespace, command, ...others) {
  if (WRITES.some((write) => Object.hasOwn(command, write))) {
    writes += 1;
    if (writes === Number(fatal)) process.kill(process.pid, 'SIGKILL');
  }
  return send.call(this, namespace, command, ...others);
};
await works[what]();
await house.settled();
await database.close();
console.log(writes);
