import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * The open connections, and the answers that each still owes. node's own `server.close()` also destroys connections
 * whose answer is written but not yet sent, and a response queued behind another never hears of its connection's end.
 */
export class Connections {
  readonly #server: Server;
  /** The answers of each connection, the newest last, and what aborts when they cannot be sent. */
  readonly #owed = new Map<Socket, Map<ServerResponse, AbortController>>();
  #draining = false;
  #drained = () => {};

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const owed = new Map<ServerResponse, AbortController>();
      this.#owed.set(socket, owed);
      socket.once('close', () => {
        this.#owed.delete(socket);
        for (const answer of owed.values()) answer.abort();
        if (this.#owed.size === 0) this.#drained();
      });
    });
  }

  /** The connection owes this answer until it is sent. The signal aborts when the connection ends before. */
  owe(response: ServerResponse, socket: Socket): AbortSignal {
    const answer = new AbortController();
    const owed = this.#owed.get(socket);
    if (this.#draining) announceEnd(response, [...(owed?.keys() ?? [])].at(-1));
    owed?.set(response, answer);
    response.once('close', () => {
      if (!response.writableFinished) answer.abort();
      owed?.delete(response);
      if (this.#draining) this.#endIfIdle(socket);
    });
    return answer.signal;
  }

  /** Takes no new connections, closes each one that owes nothing any more, and after `graceMs` the others too. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    NetServer.prototype.close.call(this.#server);
    for (const [socket, owed] of this.#owed) {
      const newest = [...owed.keys()].at(-1);
      if (newest !== undefined) announceEnd(newest);
      this.#endIfIdle(socket);
    }
    if (this.#owed.size > 0) {
      const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
      await drained;
      clearTimeout(timer);
    }
    this.#server.close();
  }

  #endIfIdle(socket: Socket): void {
    if (this.#owed.get(socket)?.size === 0) socket.destroySoon();
  }
}

/**
 * Has an answer say that the connection ends after it, so that no client sends its next request on it; the one before it
 * must not say so, or what is queued behind that would be lost.
 */
function announceEnd(response: ServerResponse, before?: ServerResponse): void {
  if (before !== undefined && !before.headersSent) before.removeHeader('Connection');
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
