/** Work that is done once for all who ask for it while it is on its way. */
export class SingleFlight<T, A extends readonly unknown[] = []> {
  readonly #work: (...args: A) => Promise<T>;
  #flying: Promise<T> | undefined;

  constructor(work: (...args: A) => Promise<T>) {
    this.#work = work;
  }

  get isFlying(): boolean {
    return this.#flying !== undefined;
  }

  /** What the work that is on its way comes to; where none is, it is begun, with these arguments. */
  run(...args: A): Promise<T> {
    this.#flying ??= this.#work(...args).finally(() => {
      this.#flying = undefined;
    });
    return this.#flying;
  }
}
