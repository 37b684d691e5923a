/** Who is small is not dropped for others, as long as the reserve lasts. */
const SMALL = 64 * 1024;
const RESERVE = 1 / 4;

/**
 * The bytes of bodies that the service holds: those that came, not those that are announced. When they are too many, the
 * largest body that is still coming of whoever holds most is dropped.
 */
export class BodyBudget {
  readonly #max: number;
  readonly #bodies = new Set<HeldBody>();
  readonly #byHolder = new Map<string, number>();
  #held = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many bytes are held. */
  get held(): number {
    return this.#held;
  }

  /**
   * @param holder whose it is: an address, or a principal once it is known
   * @param drop is called when there is no room for it any more; then it is closed
   */
  open(holder: string, drop: () => void): HeldBody {
    const body = new HeldBody(this, holder, drop);
    this.#bodies.add(body);
    return body;
  }

  /** Notes bytes of a body that came, or that went when negative. */
  add({ holder }: HeldBody, bytes: number): void {
    this.#held += bytes;
    const held = this.#heldBy(holder) + bytes;
    if (held === 0) this.#byHolder.delete(holder);
    else this.#byHolder.set(holder, held);
  }

  /** Drops bodies until the rest fits. */
  fit(): void {
    while (this.#held > this.#max) {
      const victim = this.#victim();
      if (victim === undefined) return;
      victim.drop?.();
      victim.close();
    }
  }

  forget(body: HeldBody): void {
    this.#bodies.delete(body);
  }

  #heldBy(holder: string): number {
    return this.#byHolder.get(holder) ?? 0;
  }

  #victim(): HeldBody | undefined {
    const coming = [...this.#bodies].filter((body) => body.drop !== undefined && body.bytes > 0);
    const large = coming.filter((body) => body.bytes > SMALL);
    const candidates = large.length > 0 || this.#held <= this.#max * (1 + RESERVE) ? large : coming;
    let victim: HeldBody | undefined;
    for (const body of candidates) if (victim === undefined || this.#goesBefore(body, victim)) victim = body;
    return victim;
  }

  #goesBefore(one: HeldBody, other: HeldBody): boolean {
    const [held, heldByOther] = [this.#heldBy(one.holder), this.#heldBy(other.holder)];
    return held === heldByOther ? one.bytes > other.bytes : held > heldByOther;
  }
}

/** A body of which something has come. */
export class HeldBody {
  holder: string;
  bytes = 0;
  /** Undefined once it is whole: then it is being worked on, and not dropped any more. */
  drop: (() => void) | undefined;
  readonly #budget: BodyBudget;

  constructor(budget: BodyBudget, holder: string, drop: () => void) {
    this.#budget = budget;
    this.holder = holder;
    this.drop = drop;
  }

  /** So many bytes came. May drop this body or others. */
  grow(bytes: number): void {
    this.#change(bytes);
    this.#budget.fit();
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
