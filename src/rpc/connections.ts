import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * The open connections, and the answers that each still owes. node's own `server.close()` also destroys connections
 * whose answer is written but not yet sent, and a response queued behind another never hears of its connection's end.
 */
export class Connections {
  readonly #server: Server;
  readonly #owed = new Map<Socket, Set<AbortController>>();
  #draining = false;
  #drained = () => {};

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const owed = new Set<AbortController>();
      this.#owed.set(socket, owed);
      socket.once('close', () => {
        this.#owed.delete(socket);
        for (const answer of owed) answer.abort();
        if (this.#owed.size === 0) this.#drained();
      });
    });
  }

  /** The connection owes this answer until it is sent. The signal aborts when the connection ends before. */
  owe(response: ServerResponse, socket: Socket): AbortSignal {
    const answer = new AbortController();
    this.#owed.get(socket)?.add(answer);
    response.once('close', () => {
      if (!response.writableFinished) answer.abort();
      this.#owed.get(socket)?.delete(answer);
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
    for (const socket of this.#owed.keys()) this.#endIfIdle(socket);
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
