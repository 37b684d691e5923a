import { refuse } from '../../base/errors.ts';

export interface LimiterOptions {
  /** How many of one party may be inside at once. */
  readonly perParty: number;
  /** How many of all may. */
  readonly total: number;
  /** How many of one party may wait, and for how long; who comes later is refused at once. */
  readonly waitingPerParty: number;
  readonly patienceMs: number;
}

interface Party {
  inside: number;
  readonly waiting: Set<Waiting>;
}

interface Waiting {
  readonly enter: () => void;
}

/** When to try again, in seconds, after a refusal. */
const RETRY_SECONDS = 2;

/**
 * So much at once of each party (a caller, an address) and of all together. What is over waits, each party in its own
 * order, and parties take turns: who sends a hundred calls delays their own.
 */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #parties = new Map<string, Party>();
  /** The parties of which somebody waits, whose turn is next first. */
  readonly #queue = new Set<string>();
  #inside = 0;
  #waiting = 0;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves when there is room, to what must be called on the way out, once.
   *
   * @throws rate_limited where the party itself takes all the room that it may, server_busy where others do, at once or
   *   after a while; caller_gone when the signal aborts meanwhile
   */
  async enter(party: string, signal?: AbortSignal): Promise<() => void> {
    const known = this.#parties.get(party) ?? { inside: 0, waiting: new Set<Waiting>() };
    this.#parties.set(party, known);
    if (known.waiting.size > 0 || !this.#hasRoom(known)) await this.#wait(party, known, signal);
    else this.#admit(known);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      known.inside -= 1;
      this.#inside -= 1;
      this.#forgetIfIdle(party, known);
      this.#admitNext();
    };
  }

  #hasRoom({ inside }: Party): boolean {
    return inside < this.#options.perParty && this.#inside < this.#options.total;
  }

  #admit(party: Party): void {
    party.inside += 1;
    this.#inside += 1;
  }

  #wait(name: string, party: Party, signal: AbortSignal | undefined): Promise<void> {
    const { perParty, waitingPerParty, patienceMs } = this.#options;
    const refusal = () => refuse(party.inside >= perParty ? 'rate_limited' : 'server_busy', RETRY_SECONDS);
    if (signal?.aborted) return Promise.reject(refuse('caller_gone'));
    if (party.waiting.size >= waitingPerParty) return Promise.reject(refusal());
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', gone);
        party.waiting.delete(waiting);
        this.#waiting -= 1;
        if (party.waiting.size === 0) this.#queue.delete(name);
      };
      const giveUp = (error: Error) => {
        leave();
        this.#forgetIfIdle(name, party);
        reject(error);
      };
      const waiting: Waiting = {
        enter: () => {
          leave();
          this.#admit(party);
          resolve();
        },
      };
      const gone = () => giveUp(refuse('caller_gone'));
      const timer = setTimeout(() => giveUp(refusal()), patienceMs);
      signal?.addEventListener('abort', gone);
      party.waiting.add(waiting);
      this.#waiting += 1;
      this.#queue.add(name);
    });
  }

  /** Lets in whoever waits and has room, one of each party in turn. */
  #admitNext(): void {
    for (const name of this.#queue) {
      if (this.#inside >= this.#options.total) return;
      const party = this.#parties.get(name);
      const [first] = party?.waiting ?? [];
      if (party === undefined || first === undefined || !this.#hasRoom(party)) continue;
      first.enter();
      // To the end of the queue, where more of it wait.
      if (this.#queue.delete(name)) this.#queue.add(name);
      return;
    }
  }

  #forgetIfIdle(name: string, { inside, waiting }: Party): void {
    if (inside === 0 && waiting.size === 0) this.#parties.delete(name);
  }
}
