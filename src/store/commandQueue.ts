/** A session has one command under way at a time; others wait for it. */
export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Sends a command after those before it, whether they succeed or fail. */
  run<R>(send: () => Promise<R>): Promise<R> {
    const sent = this.#last.then(send);
    this.#last = sent.catch(() => undefined);
    return sent;
  }
}
