import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/**
 * The open connections, and how many answers each still owes. node's own `server.close()` also destroys connections
 * whose answer is written but not yet sent, and a response queued behind another never hears of its connection's end.
 */
export class Connections {
  readonly #server: Server;
  readonly #owed = new Map<Socket, number>();
  #draining = false;
  #drained = () => {};

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#owed.set(socket, 0);
      socket.once('close', () => {
        this.#owed.delete(socket);
        if (this.#owed.size === 0) this.#drained();
      });
    });
  }

  /** The connection owes this answer until it is sent. */
  owe(response: ServerResponse, socket: Socket): void {
    this.#add(socket, 1);
    response.once('close', () => this.#add(socket, -1));
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

  #add(socket: Socket, answers: number): void {
    const owed = this.#owed.get(socket);
    if (owed === undefined) return;
    this.#owed.set(socket, owed + answers);
    if (this.#draining) this.#endIfIdle(socket);
  }

  #endIfIdle(socket: Socket): void {
    if (this.#owed.get(socket) === 0) socket.destroySoon();
  }
}
