/**
 * Tells those who work on a request when its caller hangs up, before the answer is sent. An AbortSignal for each request would
 * take a noticeable part of the time of a small call, so there is one only where it is asked for.
 */
export class HangUp {
  #happened = false;
  readonly #listeners = new Set<() => void>();
  #controller: AbortController | undefined;

  /** Aborts when the caller hangs up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.listen(() => controller.abort());
    }
    return this.#controller.signal;
  }

  /** Calls `listener` once when the caller hangs up, at once if they have. @returns what removes the listener */
  listen(listener: () => void): () => void {
    if (this.#happened) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call this when the caller has hung up. */
  happen(): void {
    if (this.#happened) return;
    this.#happened = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
