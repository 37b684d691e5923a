// What the processes share that do the service's work in order to be killed at it.
import { createRequire } from 'node:module';
import { JwtSource } from '../../dist/identity/jwt.js';
import { allCommands } from '../../dist/operations/index.js';
import { assemble } from '../../dist/server/assemble.js';
import { Database } from '../../dist/store/database.js';
import { registerInstance } from '../../dist/store/migrations/instances.js';

const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'commitTransaction'];

/** The service without its door, on this database, and how to call it as whoever a token says. */
export async function openChildHouse({ uri, name, secret, configured }) {
  const database = await Database.connect({ uri, database: name });
  const { sessions } = database;
  sessions.publishWith(() => registerInstance(database, { program: 'child', format: 0, sessions: sessions.ids }));
  const house = await assemble({
    database,
    commands: allCommands,
    tokens: new JwtSource({ secret }),
    issuer: 'local',
    issuers: ['local'],
    rules: { configured },
    version: '0',
    onError: (error) => console.error(error),
    warn: () => undefined,
  });
  return { database, house, method: house.gate.method('Workspace.administer') };
}

/**
 * Kills this process before its N-th write from now on; never where N is 0.
 *
 * @returns how many writes there were so far
 */
export function killBeforeWrite(n) {
  let writes = 0;
  const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js');
  const send = Connection.prototype.sendCommand;
  Connection.prototype.sendCommand = function (namespace, command, ...others) {
    if (WRITES.some((write) => Object.hasOwn(command, write))) {
      writes += 1;
      if (writes === n) process.kill(process.pid, 'SIGKILL');
    }
    return send.call(this, namespace, command, ...others);
  };
  return () => writes;
}
