import type { IncomingMessage } from 'node:http';
import { Networks, plainAddress } from '../../base/addresses.ts';

export interface Addresses {
  /** The client's address: according to the trusted proxies, or else that of the socket. */
  readonly address: string;
  readonly socketAddress: string;
  /** The beginning of the X-Forwarded-For header. */
  readonly forwarded: string | undefined;
}

export interface ProxyRules {
  /** Addresses and networks of the proxies whose X-Forwarded-For and X-Real-IP are trusted. */
  readonly trusted: readonly string[];
  /** Called once for each of the first peers that send X-Forwarded-For without being trusted. */
  readonly onUnnamed?: (peer: string) => void;
}

/** Bounds for the log, since anybody can send the header. */
const MAX_UNNAMED = 10;
const MAX_LOGGED = 500;

/** The other end of a connection. */
interface Peer {
  readonly address: string;
  readonly isTrusted: boolean;
}

export class ClientAddresses {
  readonly #trusted: Networks;
  readonly #onUnnamed: (peer: string) => void;
  readonly #unnamed = new Set<string>();
  readonly #peers = new WeakMap<IncomingMessage['socket'], Peer>();

  constructor({ trusted, onUnnamed = () => undefined }: ProxyRules) {
    this.#trusted = new Networks(trusted);
    this.#onUnnamed = onUnnamed;
  }

  /**
   * The peer's address, unless the peer is a trusted proxy: then the last entry of X-Forwarded-For that is not a
   * trusted proxy itself. Each proxy appends its own peer, so that earlier entries may be forged. Without
   * X-Forwarded-For, a trusted proxy's X-Real-IP counts.
   */
  of({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Addresses {
    const { address: socketAddress, isTrusted } = this.#peerOf(socket);
    const header = headers['x-forwarded-for'];
    const forwarded = Array.isArray(header) ? header.join(', ') : header;
    const logged = { socketAddress, forwarded: forwarded?.slice(0, MAX_LOGGED) };
    if (!isTrusted) {
      if (forwarded !== undefined) this.#noteUnnamed(socketAddress);
      return { ...logged, address: socketAddress };
    }
    if (forwarded !== undefined) return { ...logged, address: this.#client(forwarded, socketAddress) };
    const real = headers['x-real-ip'];
    return { ...logged, address: (typeof real === 'string' ? entryOf(real) : undefined) ?? socketAddress };
  }

  /** Remembered for each connection, since parsing an address takes longer than anything else here. */
  #peerOf(socket: IncomingMessage['socket']): Peer {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const { remoteAddress = '-' } = socket;
    const address = plainAddress(remoteAddress) ?? remoteAddress;
    const peer = { address, isTrusted: this.#trusted.has(address) };
    this.#peers.set(socket, peer);
    return peer;
  }

  #client(forwarded: string, peer: string): string {
    let client = peer;
    for (const text of forwarded.split(',').reverse()) {
      const address = entryOf(text);
      // An invalid entry says nothing about those before it.
      if (address === undefined) return client;
      client = address;
      if (!this.#trusted.has(client)) return client;
    }
    return client;
  }

  #noteUnnamed(peer: string): void {
    if (this.#unnamed.size >= MAX_UNNAMED || this.#unnamed.has(peer)) return;
    this.#unnamed.add(peer);
    this.#onUnnamed(peer);
  }
}

/** The address in an entry, to which some proxies append a port. */
function entryOf(text: string): string | undefined {
  const trimmed = text.trim();
  const [, bare = trimmed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? /^([\d.]+):\d+$/.exec(trimmed) ?? [];
  return plainAddress(bare);
}
