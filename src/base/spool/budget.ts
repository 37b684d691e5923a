/** Who is small is not dropped for others, as long as the reserve lasts. */
const SMALL = 64 * 1024;
const RESERVE = 1 / 4;

/** Why there is no room: all together hold too much, or one holder does. */
export type Exceeded = 'total' | 'own';

export interface BudgetBounds {
  readonly max: number;
  /** Of one holder; no bound of its own by default. */
  readonly maxPerHolder?: number;
}

/**
 * The bytes of bodies that the service holds: those that came, not those that are announced. When they are too many, the
 * largest body that is still coming of whoever holds most is dropped; when one holder has too many, its largest one.
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

  /** How many bytes are held. */
  get held(): number {
    return this.#held;
  }

  /**
   * @param holder whose it is: an address, or a principal once it is known
   * @param drop is called when there is no room for it any more; then it is closed. Without it, it is never dropped
   */
  open(holder: string, drop?: (exceeded: Exceeded) => void): HeldBytes {
    const body = new HeldBytes(this, holder, drop);
    this.#bodies.add(body);
    return body;
  }

  /** Notes bytes of a body that came, or that went when negative. */
  add({ holder }: HeldBytes, bytes: number): void {
    this.#held += bytes;
    const held = this.#heldBy(holder) + bytes;
    if (held === 0) this.#byHolder.delete(holder);
    else this.#byHolder.set(holder, held);
  }

  /** Drops bodies until the rest fits, beginning with those of this holder where it has too much. */
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

  /** What this holder is over, if anything. */
  exceeded(holder: string): Exceeded | undefined {
    if (this.#heldBy(holder) > this.#maxPerHolder) return 'own';
    return this.#held > this.#max ? 'total' : undefined;
  }

  forget(body: HeldBytes): void {
    this.#bodies.delete(body);
  }

  #heldBy(holder: string): number {
    return this.#byHolder.get(holder) ?? 0;
  }

  /** @param only whose it must be */
  #victim(only: string | undefined): HeldBytes | undefined {
    const coming = [...this.#bodies].filter(
      (body) => body.drop !== undefined && body.bytes > 0 && (only === undefined || body.holder === only),
    );
    const large = coming.filter((body) => body.bytes > SMALL);
    const candidates =
      large.length > 0 || (only === undefined && this.#held <= this.#max * (1 + RESERVE)) ? large : coming;
    let victim: HeldBytes | undefined;
    for (const body of candidates) if (victim === undefined || this.#goesBefore(body, victim)) victim = body;
    return victim;
  }

  #goesBefore(one: HeldBytes, other: HeldBytes): boolean {
    const [held, heldByOther] = [this.#heldBy(one.holder), this.#heldBy(other.holder)];
    return held === heldByOther ? one.bytes > other.bytes : held > heldByOther;
  }
}

/** A body of which something has come. */
export class HeldBytes {
  holder: string;
  bytes = 0;
  /** Undefined once it is whole: then it is being worked on, and not dropped any more. */
  drop: ((exceeded: Exceeded) => void) | undefined;
  readonly #budget: ByteBudget;

  constructor(budget: ByteBudget, holder: string, drop: ((exceeded: Exceeded) => void) | undefined) {
    this.#budget = budget;
    this.holder = holder;
    this.drop = drop;
  }

  /** So many bytes came. May drop this body or others. */
  grow(bytes: number): void {
    this.#change(bytes);
    this.#budget.fit(this.holder);
  }

  /** What its holder is over, once nothing more can be dropped. */
  get exceeded(): Exceeded | undefined {
    return this.#budget.exceeded(this.holder);
  }

  /** So many bytes went. */
  shrink(bytes: number): void {
    this.#change(-bytes);
  }

  /** It is known now whose it is. */
  moveTo(holder: string): void {
    const { bytes } = this;
    this.#change(-bytes);
    this.holder = holder;
    this.#change(bytes);
  }

  /** All of it has come. */
  complete(): void {
    this.drop = undefined;
  }

  /** It is held no more; closing it again does nothing. */
  close(): void {
    this.#change(-this.bytes);
    this.#budget.forget(this);
  }

  #change(bytes: number): void {
    this.bytes += bytes;
    this.#budget.add(this, bytes);
  }
}
