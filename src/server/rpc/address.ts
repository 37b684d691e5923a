import type { IncomingMessage } from 'node:http';
import { Networks, plainAddress } from '../../base/addresses.ts';

export interface Addresses {
  /** Where the client is: as the trusted proxies say, else the socket's address. */
  readonly address: string;
  readonly socketAddress: string;
  /** The X-Forwarded-For header as it came, cut. */
  readonly forwarded: string | undefined;
}

export interface ProxyRules {
  /** Addresses and networks of the proxies whose X-Forwarded-For and X-Real-IP are believed. */
  readonly trusted: readonly string[];
  /** Told of a peer that sends X-Forwarded-For and is not named: once for each, and of few. */
  readonly onUnnamed?: (peer: string) => void;
}

/** Anybody can send the header: what is logged of it is bounded. */
const MAX_UNNAMED = 10;
const MAX_LOGGED = 500;

/** Says who is calling from where. */
export class ClientAddresses {
  readonly #trusted: Networks;
  readonly #onUnnamed: (peer: string) => void;
  readonly #unnamed = new Set<string>();

  constructor({ trusted, onUnnamed = () => undefined }: ProxyRules) {
    this.#trusted = new Networks(trusted);
    this.#onUnnamed = onUnnamed;
  }

  /**
   * The other end of the socket, unless that is a trusted proxy: then the last entry of X-Forwarded-For that is no
   * trusted proxy itself. Each proxy appends whom it heard from, so that whatever stands before that entry may be made
   * up. Where there is no X-Forwarded-For, a trusted proxy's X-Real-IP.
   */
  of({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Addresses {
    const { remoteAddress = '-' } = socket;
    const socketAddress = plainAddress(remoteAddress) ?? remoteAddress;
    const header = headers['x-forwarded-for'];
    const forwarded = Array.isArray(header) ? header.join(', ') : header;
    const said = { socketAddress, forwarded: forwarded?.slice(0, MAX_LOGGED) };
    if (!this.#trusted.has(socketAddress)) {
      if (forwarded !== undefined) this.#noteUnnamed(socketAddress);
      return { ...said, address: socketAddress };
    }
    if (forwarded !== undefined) return { ...said, address: this.#client(forwarded, socketAddress) };
    const real = headers['x-real-ip'];
    return { ...said, address: (typeof real === 'string' ? entryOf(real) : undefined) ?? socketAddress };
  }

  #client(forwarded: string, peer: string): string {
    let client = peer;
    for (const text of forwarded.split(',').reverse()) {
      const address = entryOf(text);
      // What cannot be read says nothing about who is before it.
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

/** The address in an entry; some proxies write a port after it. */
function entryOf(text: string): string | undefined {
  const trimmed = text.trim();
  const [, bare = trimmed] = /^\[([^\]]*)\](?::\d+)?$/.exec(trimmed) ?? /^([\d.]+):\d+$/.exec(trimmed) ?? [];
  return plainAddress(bare);
}
