import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

let watching = false;

/**
 * Ends the waits of the driver for sockets that are gone. The driver (7.9) sends a command, and where the socket does not
 * take it at once, waits for the event `drain`. A socket that is closing already takes nothing and never drains, nor does
 * one that the driver closes itself, so that the command would wait for ever, and with it everything that waits for its
 * answer. After a `drain` the driver sees that the connection is closed, and the command fails as any other on a lost
 * connection, to be tried again.
 */
export function endWaitsForLostSockets(): void {
  if (watching) return;
  watching = true;
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('close', () => socket.emit('drain'));
  });
}
