import { refuse } from '../../base/errors.ts';
import { Throughput } from './throughput.ts';

export interface LimiterOptions {
  /** How many calls of one client may run at once. */
  readonly perClient: number;
  /** How many of all clients may. */
  readonly total: number;
  /** How many calls of one client may wait, and for how long; further ones are refused at once. */
  readonly waitingPerClient: number;
  readonly patienceMs: number;
  /** How many calls of all clients may wait. */
  readonly waiting: number;
}

interface Client {
  inside: number;
  readonly waiting: Set<Waiting>;
}

interface Waiting {
  readonly enter: () => void;
  readonly refuse: () => void;
}

/** After how many seconds a refused call may be repeated at the earliest. */
const RETRY_SECONDS = 2;

/**
 * Bounds the calls that run at once: those of one client (a caller or an address), and all together. Further calls
 * wait. Clients take turns, so that one who sends a hundred calls only delays their own. Calls that would wait in vain, by how
 * fast calls end at the moment, are refused without waiting.
 */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #clients = new Map<string, Client>();
  /** The clients with waiting calls, in the order of their turns. */
  readonly #queue = new Set<string>();
  readonly #throughput = new Throughput();
  #inside = 0;
  #waiting = 0;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves when there is room, to a function that must be called when the call has ended.
   *
   * @throws rate_limited if the client's own calls take all their room, server_busy if those of others do, at once or
   *   after a while, with the time after which there may be room; caller_gone if the signal aborts meanwhile
   */
  async enter(client: string, signal?: AbortSignal): Promise<() => void> {
    const known = this.#clients.get(client) ?? { inside: 0, waiting: new Set<Waiting>() };
    this.#clients.set(client, known);
    if (known.waiting.size > 0 || !this.#hasRoom(known)) await this.#wait(client, known, signal);
    else this.#admit(known);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      known.inside -= 1;
      this.#inside -= 1;
      this.#forgetIfIdle(client, known);
      this.#throughput.ended(this.#waiting > 0);
      this.#admitNext();
      this.#refuseHopeless();
    };
  }

  #hasRoom({ inside }: Client): boolean {
    return inside < this.#options.perClient && this.#inside < this.#options.total;
  }

  #admit(client: Client): void {
    client.inside += 1;
    this.#inside += 1;
  }

  #wait(name: string, client: Client, signal: AbortSignal | undefined): Promise<void> {
    const { perClient, waitingPerClient, waiting: maxWaiting, patienceMs } = this.#options;
    const refusal = () => refuse(client.inside >= perClient ? 'rate_limited' : 'server_busy', this.#retrySeconds());
    if (signal?.aborted) return Promise.reject(refuse('caller_gone'));
    if (client.waiting.size >= waitingPerClient) return Promise.reject(refusal());
    // Each other client has its turn before the next of this one.
    const before = Math.min(this.#waiting, (client.waiting.size + 1) * this.#queue.size);
    if (this.#waiting >= maxWaiting || this.#throughput.timeFor(before + 1) > patienceMs) {
      this.#forgetIfIdle(name, client);
      return Promise.reject(refuse('server_busy', this.#retrySeconds()));
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', gone);
        client.waiting.delete(waiting);
        this.#waiting -= 1;
        if (client.waiting.size === 0) this.#queue.delete(name);
      };
      const giveUp = (error: Error) => {
        leave();
        this.#forgetIfIdle(name, client);
        reject(error);
      };
      const waiting: Waiting = {
        enter: () => {
          leave();
          this.#admit(client);
          resolve();
        },
        refuse: () => giveUp(refusal()),
      };
      const gone = () => giveUp(refuse('caller_gone'));
      const timer = setTimeout(() => giveUp(refusal()), patienceMs);
      signal?.addEventListener('abort', gone);
      client.waiting.add(waiting);
      this.#waiting += 1;
      this.#queue.add(name);
    });
  }

  /** Admits the next waiting call for which there is room. */
  #admitNext(): void {
    for (const name of this.#queue) {
      if (this.#inside >= this.#options.total) return;
      const client = this.#clients.get(name);
      const [first] = client?.waiting ?? [];
      if (client === undefined || first === undefined || !this.#hasRoom(client)) continue;
      first.enter();
      // If more calls of this client wait, they go to the end of the queue.
      if (this.#queue.delete(name)) this.#queue.add(name);
      return;
    }
  }

  /** Refuses calls of those of whom most wait, as long as the last one would wait too long. */
  #refuseHopeless(): void {
    while (this.#throughput.timeFor(this.#waiting) > this.#options.patienceMs) {
      let most: Client | undefined;
      for (const name of this.#queue) {
        const client = this.#clients.get(name);
        if (client !== undefined && client.waiting.size >= (most?.waiting.size ?? 1)) most = client;
      }
      const last = [...(most?.waiting ?? [])].at(-1);
      if (last === undefined) return;
      last.refuse();
    }
  }

  /** After how many seconds those that wait now have had their turn. */
  #retrySeconds(): number {
    return Math.max(RETRY_SECONDS, Math.ceil(this.#throughput.timeFor(this.#waiting) / 1_000));
  }

  #forgetIfIdle(name: string, { inside, waiting }: Client): void {
    if (inside === 0 && waiting.size === 0) this.#clients.delete(name);
  }
}
