import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a request is answered. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback that can go away and come back. */
export interface Loopback extends AsyncDisposable {
  readonly url: string;
  stop(): Promise<void>;
  /** At the same address as before. */
  start(): Promise<void>;
}

export async function startLoopback(answer: Answer): Promise<Loopback> {
  let server: Server;
  let port = 0;
  const start = async () => {
    server = createServer(answer).listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  await start();
  return { url: `http://127.0.0.1:${port}`, start, stop, [Symbol.asyncDispose]: stop };
}
