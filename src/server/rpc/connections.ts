import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { HangUp } from './hangUp.ts';

/**
 * The open connections, with the answers that were not sent yet. Node's own `server.close()` also destroys connections
 * whose answer is written but not yet sent, and a response queued behind another is not told that its connection
 * closed.
 */
export class Connections {
  readonly #server: Server;
  /** The pending answers of each connection, the newest last, with what tells that they cannot be sent. */
  readonly #pending = new Map<Socket, Map<ServerResponse, HangUp>>();
  #draining = false;
  #drained = () => {};

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const pending = new Map<ServerResponse, HangUp>();
      this.#pending.set(socket, pending);
      socket.once('close', () => {
        this.#pending.delete(socket);
        for (const hangUp of pending.values()) hangUp.happen();
        if (this.#pending.size === 0) this.#drained();
      });
    });
  }

  /** Tracks an answer until it is sent. The caller hangs up if the connection closes before. */
  track(response: ServerResponse, socket: Socket): HangUp {
    const hangUp = new HangUp();
    const pending = this.#pending.get(socket);
    if (this.#draining) announceEnd(response, [...(pending?.keys() ?? [])].at(-1));
    pending?.set(response, hangUp);
    response.once('close', () => {
      if (!response.writableFinished) hangUp.happen();
      pending?.delete(response);
      if (this.#draining) this.#endIfIdle(socket);
    });
    return hangUp;
  }

  /** Accepts no new connections, closes each one without pending answers, and after `graceMs` the others too. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    NetServer.prototype.close.call(this.#server);
    for (const [socket, pending] of this.#pending) {
      const newest = [...pending.keys()].at(-1);
      if (newest !== undefined) announceEnd(newest);
      this.#endIfIdle(socket);
    }
    if (this.#pending.size > 0) {
      const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
      await drained;
      clearTimeout(timer);
    }
    this.#server.close();
  }

  #endIfIdle(socket: Socket): void {
    if (this.#pending.get(socket)?.size === 0) socket.destroySoon();
  }
}

/**
 * Adds the header to an answer that says that the connection closes after it, so that no client sends another request
 * on it. The answer before must not say so, or this one, queued behind it, would be lost.
 */
function announceEnd(response: ServerResponse, before?: ServerResponse): void {
  if (before !== undefined && !before.headersSent) before.removeHeader('Connection');
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
