// A process that saves two objects, and is killed before its N-th write: saveChild.mjs URI DATABASE SECRET N TAG
//
// With N = 0 it is not killed, and prints how many writes there were.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { assemble } from '../../dist/assemble.js';
import { allCommands } from '../../dist/commands/index.js';
import { JwtSource } from '../../dist/identity/jwt.js';
import { mintToken } from '../../dist/identity/mint.js';
import { RawJson } from '../../dist/json/rawJson.js';
import { Database } from '../../dist/store/database.js';

const [uri, name, secret, fatal, tag] = process.argv.slice(2);
const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'commitTransaction'];

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
const authorization = mintToken({ secret, username: 'boss', lifetimeSeconds: 60 });
const origin = { requestId: randomUUID(), authorization, address: '-', socketAddress: '-' };
const caller = await house.gate.identify(method, origin);

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

// The one stands inline, the other takes several pieces of a file.
const data = (size) => new RawJson(Buffer.from(JSON.stringify({ any: { text: tag.repeat(size / tag.length) } })));
const object = (called, size) => ({ type: 'PeerTest.AnyType', name: called, data: data(size) });
const objects = [object(`small${tag}`, 100), object(`large${tag}`, 3_000_000), object('both', 200)];
const command = { command: 'saveObjects', user: 'ann', params: { id: 1, objects } };
await house.gate.call(method, caller, [command], origin);
await house.settled();
await database.close();
console.log(writes);
