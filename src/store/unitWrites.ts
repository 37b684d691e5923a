import type { MongoTransaction } from './mongoTransaction.ts';
import { OutOfTurn, PendingWrites, send, type Write } from './writes.ts';

/** How many writes are collected before they are sent together. */
const MAX_PENDING = 100;

/** Collects the writes of one unit of work and sends them in order, at the latest before a read that must see them. */
export class UnitWrites {
  readonly #mongo: MongoTransaction;
  readonly #pending: PendingWrites;
  /** Resolves once all writes sent so far are answered; reads wait for it. */
  #sent: Promise<void> = Promise.resolve();
  #touched = false;
  #isSent = false;
  /** How many writes were begun and are not finished. */
  #inFlight = 0;

  /** @param inTurn the writes of the unit of work before this one, which are sent together with these */
  constructor(mongo: MongoTransaction, inTurn: UnitWrites | undefined) {
    this.#mongo = mongo;
    this.#pending = inTurn === undefined ? new PendingWrites() : inTurn.#pending;
  }

  /** True once anything was written. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Whether something was sent or will be sent in any case, so that the unit of work can no longer be withdrawn. */
  get isSent(): boolean {
    return this.#isSent;
  }

  /** Whether writes were begun and are not finished. */
  get areUnderWay(): boolean {
    return this.#inFlight > 0;
  }

  /** Notes that something will be sent by other means. */
  noteSent(): void {
    this.assertOpen();
    this.#touched = true;
    this.#isSent = true;
  }

  async add(write: Write): Promise<void> {
    this.assertOpen();
    this.#touched = true;
    this.#pending.add(write);
    // Ids of records need the cluster time, which comes with the first answer.
    const isFirst = this.#mongo.session.clusterTime === undefined;
    // A taken key is reported before anything else is checked or drawn.
    const isClaim = write.claims && this.#mongo.queue === undefined;
    if (isFirst || isClaim || this.#pending.operations >= MAX_PENDING) await this.#sendPending(write.collection);
  }

  /** Sends a write at once, before anything else. */
  async sendNow(write: Write): Promise<void> {
    this.assertOpen();
    this.#touched = true;
    await this.#sending([write]);
  }

  /**
   * Resolves once a read of the collection sees what it must see of its writes.
   *
   * @param mustSend whether writes that were not sent yet are among that; by default, if any is to the collection
   * @throws OutOfTurn if units of work run side by side and something is to be sent
   */
  async settle(collection: string, mustSend = this.#pending.isOf(collection)): Promise<void> {
    if (mustSend) await this.#sendPending(collection);
    await this.#sent;
  }

  /** Returns the writes that were not sent yet and clears the queue. */
  takePending(): readonly Write[] {
    return this.#pending.take();
  }

  /** Keeps the transaction from committing while the work is under way. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#inFlight += 1;
    try {
      await work();
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** @throws TypeError after the end of the transaction */
  assertOpen(): void {
    if (this.#mongo.ended) throw new TypeError('the transaction has ended');
  }

  async #sendPending(collection: string): Promise<void> {
    if (this.#mongo.queue !== undefined) throw new OutOfTurn(`${collection} is to be read after it was written`);
    await this.#sending(this.#pending.take());
  }

  async #sending(writes: readonly Write[]): Promise<void> {
    this.#isSent = true;
    const { queue, reader, session } = this.#mongo;
    const before = this.#sent;
    const work = () => send(reader.db, session, writes);
    this.#sent = this.during(async () => {
      await before;
      await (queue === undefined ? work() : queue.run(work));
    });
    await this.#sent;
  }
}
