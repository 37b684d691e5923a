// A process that saves two objects, and is killed before its N-th write: saveChild.mjs URI DATABASE SECRET N TAG
//
// With N = 0 it is not killed, and prints how many writes there were.
import { randomUUID } from 'node:crypto';
import { RawJson } from '../../dist/base/json/rawJson.js';
import { mintToken } from '../../dist/identity/mint.js';
import { killBeforeWrite, openChildHouse } from './childHouse.mjs';

const [uri, name, secret, fatal, tag] = process.argv.slice(2);

const { database, house, method } = await openChildHouse({ uri, name, secret, configured: ['boss'] });
const authorization = mintToken({ secret, username: 'boss', lifetimeSeconds: 60 });
const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
const caller = await house.gate.identify(method, origin);

const writes = killBeforeWrite(Number(fatal));

// The one stands inline, the other takes several pieces of a file.
const data = (size) => new RawJson(Buffer.from(JSON.stringify({ any: { text: tag.repeat(size / tag.length) } })));
const object = (called, size) => ({ type: 'PeerTest.AnyType', name: called, data: data(size) });
const objects = [object(`small${tag}`, 100), object(`large${tag}`, 3_000_000), object('both', 200)];
const command = { command: 'saveObjects', user: 'ann', params: { id: 1, objects } };
await house.gate.call(method, { caller, params: [command], origin });
await house.settled();
await database.close();
console.log(writes());
