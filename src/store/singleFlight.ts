/** Work that runs once for all callers who request it while it is running. */
export class SingleFlight<T, A extends readonly unknown[] = []> {
  readonly #work: (...args: A) => Promise<T>;
  #flying: Promise<T> | undefined;

  constructor(work: (...args: A) => Promise<T>) {
    this.#work = work;
  }

  get isFlying(): boolean {
    return this.#flying !== undefined;
  }

  /** The result of the running work, which is started with these arguments if none is running. */
  run(...args: A): Promise<T> {
    this.#flying ??= this.#work(...args).finally(() => {
      this.#flying = undefined;
    });
    return this.#flying;
  }
}
