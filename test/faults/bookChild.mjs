// A process that makes a book and does something with it, and is killed before the N-th write of that:
//
//   bookChild.mjs URI DATABASE SECRET N NAME WHAT    WHAT is create, change, share or delete
//
// With N = 0 it is not killed, and prints how many writes there were.
import { randomUUID } from 'node:crypto';
import { mintToken } from '../../dist/identity/mint.js';
import { book } from '../domain/systems/iiif/book.mjs';
import { killBeforeWrite, openChildHouse } from './childHouse.mjs';

const [uri, name, secret, fatal, bookName, what] = process.argv.slice(2);
/** So many that the changes do not stand in the record. */
const PAGES = 600;

const { database, house, method } = await openChildHouse({ uri, name, secret, configured: ['boss'] });
const authorization = mintToken({ secret, username: 'boss', lifetimeSeconds: 600 });
const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
const caller = await house.gate.identify(method, origin);
const administer = (command, params) => house.gate.call(method, { caller, params: [{ command, params }], origin });

const base = 'https://iiif.example.org';
/** Several of these processes share a directory of users. */
const reader = `reader-of-${bookName}`;
const at = { base, type: 'manifest', identifier: bookName };
const object = (label) => book(base, bookName, { pages: PAGES, label });
const works = {
  create: () => administer('createIiifObject', { ...at, object: object('Page') }),
  change: () => administer('updateIiifObject', { ...at, object: object('Folio') }),
  share: () =>
    administer('updateStaffPermissions', {
      ...{ manifests: [`${base}/${bookName}/manifest`], username: reader, action: 'ADD' },
    }),
  delete: () => administer('deleteIiifObject', at),
};
if (what !== 'create') await works.create();
if (what === 'share') await administer('createStaff', { username: reader, password: 'a password' });

const writes = killBeforeWrite(Number(fatal));
await works[what]();
await house.settled();
await database.close();
console.log(writes());
