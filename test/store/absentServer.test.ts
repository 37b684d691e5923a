import { createServer, type Server } from 'node:net';
import { MongoClient, MongoServerSelectionError } from 'mongodb';
import { expect, it } from 'vitest';
import { connectIfPresent } from '../../src/store/absentServer.ts';
import { freePort } from '../../src/store/embedded/port.ts';

const clientOf = (ports: readonly number[], serverSelectionTimeoutMS: number) =>
  new MongoClient(`mongodb://${ports.map((port) => `127.0.0.1:${port}`).join()}/?replicaSet=rs0`, {
    serverSelectionTimeoutMS,
    connectTimeoutMS: serverSelectionTimeoutMS,
  });

it('nobody waits for an election among servers of which none is there', async () => {
  // Longer than the test may take.
  const client = clientOf([await freePort(), await freePort()], 3_600_000);
  await expect(connectIfPresent(client)).rejects.toThrow('ECONNREFUSED');
  await client.close();
});

it('a set of which one member is there is waited for', async () => {
  // Accepts connections, and answers nothing.
  const silent: Server = createServer();
  const port = await new Promise<number>((resolve) =>
    silent.listen(0, '127.0.0.1', () => resolve((silent.address() as { port: number }).port)),
  );
  const client = clientOf([await freePort(), port], 6_000);
  await expect(connectIfPresent(client)).rejects.toThrow(MongoServerSelectionError);
  await client.close();
  silent.close();
});
