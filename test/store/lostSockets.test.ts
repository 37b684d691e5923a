import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { rosters } from '../../src/identity/roster.ts';
import { Database } from '../../src/store/database.ts';

it('a read or write that meets a socket at the moment it is lost is carried out over another one', async () => {
  const sockets = new Set<Socket>();
  const note = (message: unknown) => sockets.add((message as { readonly socket: Socket }).socket);
  subscribe('net.client.socket', note);
  await using database = await openDatabase();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => database.get(rosters, 'none')));
    // The driver learns of it only when the event loop comes round again.
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    const calls = [database.get(rosters, 'none'), database.find(rosters, {})];
    const late = sleep(45_000, 'late', { ref: false });
    expect(await Promise.race([Promise.all(calls), late])).toEqual([null, []]);
  }
  unsubscribe('net.client.socket', note);
});

async function openDatabase() {
  const database = await Database.connect({ uri: inject('mongoUri'), database: 'lost_sockets' });
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close() });
}
