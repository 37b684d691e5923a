import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

let watching = false;

/**
 * Works around commands of the driver (7.9) that never end. If a socket does not accept a command at once, the driver waits
 * for its event `drain`, which a closed socket never emits. Emitting `drain` on close makes the driver notice the lost
 * connection, so that the command fails as usual and is retried.
 */
export function endWaitsForLostSockets(): void {
  if (watching) return;
  watching = true;
  subscribe('net.client.socket', (message) => {
    const { socket } = message as { readonly socket: Socket };
    socket.once('close', () => socket.emit('drain'));
  });
}
