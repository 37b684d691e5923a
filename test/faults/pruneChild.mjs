// A process that prunes the audit, and is killed before its N-th write: pruneChild.mjs URI DATABASE SECRET N
//
// With N = 0 it is not killed, and prints how many writes there were.
import { randomUUID } from 'node:crypto';
import { mintToken } from '../../dist/identity/mint.js';
import { killBeforeWrite, openChildHouse } from './childHouse.mjs';

const [uri, name, secret, fatal] = process.argv.slice(2);

const { database, house, method } = await openChildHouse({ uri, name, secret, configured: ['boss'] });
const authorization = mintToken({ secret, username: 'boss', lifetimeSeconds: 60 });
const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
const caller = await house.gate.identify(method, origin);

const writes = killBeforeWrite(Number(fatal));

const command = { command: 'pruneAudit', params: { before: new Date().toISOString() } };
await house.gate.call(method, { caller, params: [command], origin });
await house.worker.turn('jobs');
await house.settled();
await database.close();
console.log(writes());
