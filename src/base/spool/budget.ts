/** Bodies up to this size are not dropped for others, as long as the reserve lasts. */
const SMALL = 64 * 1024;
const RESERVE = 1 / 4;

/** Holds what the service itself needs, for which only the bound of all together counts. No caller has this id. */
export const SERVICE = '';

/** Which bound is exceeded: that of all together, or of one holder. */
export type Exceeded = 'total' | 'own';

export interface BudgetBounds {
  readonly max: number;
  /** For one holder; unbounded by default. */
  readonly maxPerHolder?: number;
}

/**
 * Bounds the bytes of bodies that the service holds: those received, not those announced. If they are too many, the
 * largest incomplete body of the holder with the most bytes is dropped; if one holder has too many, their largest one.
 */
export class ByteBudget {
  readonly #max: number;
  readonly #maxPerHolder: number;
  readonly #bodies = new Set<HeldBytes>();
  readonly #byHolder = new Map<string, number>();
  #held = 0;

  constructor({ max, maxPerHolder = Number.POSITIVE_INFINITY }: BudgetBounds) {
    this.#max = max;
    this.#maxPerHolder = maxPerHolder;
  }

  get held(): number {
    return this.#held;
  }

  /**
   * @param holder an address, or a principal once the caller is identified
   * @param drop is called if the body must make room; then it is closed. A body without it is never dropped
   */
  open(holder: string, drop?: (exceeded: Exceeded) => void): HeldBytes {
    const body = new HeldBytes(this, holder, drop);
    this.#bodies.add(body);
    return body;
  }

  /** Adds bytes of a body, or subtracts them if negative. */
  add({ holder }: HeldBytes, bytes: number): void {
    this.#held += bytes;
    const held = this.#heldBy(holder) + bytes;
    if (held === 0) this.#byHolder.delete(holder);
    else this.#byHolder.set(holder, held);
  }

  /** Drops bodies until the rest fits; those of this holder first, if they have too much. */
  fit(holder: string): void {
    for (;;) {
      const exceeded = this.exceeded(holder);
      if (exceeded === undefined) return;
      const victim = this.#victim(exceeded === 'own' ? holder : undefined);
      if (victim === undefined) return;
      victim.drop?.(exceeded);
      victim.close();
    }
  }

  /** The bound that this holder exceeds, if any. */
  exceeded(holder: string): Exceeded | undefined {
    if (holder !== SERVICE && this.#heldBy(holder) > this.#maxPerHolder) return 'own';
    return this.#held > this.#max ? 'total' : undefined;
  }

  forget(body: HeldBytes): void {
    this.#bodies.delete(body);
  }

  #heldBy(holder: string): number {
    return this.#byHolder.get(holder) ?? 0;
  }

  /** The body to be dropped. @param only the holder to whom it must belong, if any */
  #victim(only: string | undefined): HeldBytes | undefined {
    const incomplete = [...this.#bodies].filter(
      (body) => body.drop !== undefined && body.bytes > 0 && (only === undefined || body.holder === only),
    );
    const large = incomplete.filter((body) => body.bytes > SMALL);
    const candidates =
      large.length > 0 || (only === undefined && this.#held <= this.#max * (1 + RESERVE)) ? large : incomplete;
    let victim: HeldBytes | undefined;
    for (const body of candidates) if (victim === undefined || this.#isDroppedBefore(body, victim)) victim = body;
    return victim;
  }

  #isDroppedBefore(one: HeldBytes, other: HeldBytes): boolean {
    const [held, heldByOther] = [this.#heldBy(one.holder), this.#heldBy(other.holder)];
    return held === heldByOther ? one.bytes > other.bytes : held > heldByOther;
  }
}

export class HeldBytes {
  holder: string;
  bytes = 0;
  /** Undefined once the body is complete and in use: then it is not dropped any more. */
  drop: ((exceeded: Exceeded) => void) | undefined;
  readonly #budget: ByteBudget;

  constructor(budget: ByteBudget, holder: string, drop: ((exceeded: Exceeded) => void) | undefined) {
    this.#budget = budget;
    this.holder = holder;
    this.drop = drop;
  }

  /** Adds bytes. May drop this body or others. */
  grow(bytes: number): void {
    this.#change(bytes);
    this.#budget.fit(this.holder);
  }

  /** The bound that the holder exceeds, after dropping what can be. */
  get exceeded(): Exceeded | undefined {
    return this.#budget.exceeded(this.holder);
  }

  shrink(bytes: number): void {
    this.#change(-bytes);
  }

  /** Changes the holder, once the caller is identified. */
  moveTo(holder: string): void {
    const { bytes } = this;
    this.#change(-bytes);
    this.holder = holder;
    this.#change(bytes);
  }

  /** The body is complete, and is not dropped any more. */
  complete(): void {
    this.drop = undefined;
  }

  /** Releases the bytes. Closing again does nothing. */
  close(): void {
    this.#change(-this.bytes);
    this.#budget.forget(this);
  }

  #change(bytes: number): void {
    this.bytes += bytes;
    this.#budget.add(this, bytes);
  }
}
