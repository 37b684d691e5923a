/** Sends the commands of a session one at a time, as MongoDB requires. */
export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Sends a command once all earlier ones have succeeded or failed. */
  run<R>(send: () => Promise<R>): Promise<R> {
    const sent = this.#last.then(send);
    this.#last = sent.catch(() => undefined);
    return sent;
  }
}
