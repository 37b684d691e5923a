import { BSON, type Document } from 'mongodb';
import { Coalescer } from './coalescer.ts';

/** So many equal reads may be in flight, so that a slow one does not delay all that follow. */
const WIDTH = 2;

type Read = () => Promise<readonly Document[]>;

/**
 * Sends equal reads only once if they begin in the same turn of the event loop, or while earlier ones are in flight. A read
 * is sent after all that share it began, so it finds everything committed before. Several readers may get the same
 * documents, which must not be changed.
 */
export class EqualReads {
  readonly #queues = new Map<string, Coalescer<Read, readonly Document[]>>();

  /** @param what is read: what has equal JSON is equal */
  find(what: Document, read: Read): Promise<readonly Document[]> {
    const key = BSON.EJSON.stringify(what);
    const queue = this.#queues.get(key) ?? this.#queueOf(key);
    return queue.join(read);
  }

  #queueOf(key: string): Coalescer<Read, readonly Document[]> {
    const queue = new Coalescer<Read, readonly Document[]>({
      gather: true,
      width: WIDTH,
      take: (waiting) => waiting.length,
      write: async (group) => {
        const found = (await group[0]?.item()) ?? [];
        for (const { resolve } of group) resolve(found);
        return undefined;
      },
      onIdle: () => this.#queues.delete(key),
    });
    this.#queues.set(key, queue);
    return queue;
  }
}
