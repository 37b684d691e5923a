import { collection, type Stored } from '../store/collection.ts';
import type { Database } from '../store/database.ts';

/** The data of versions, once for each checksum. What is small stands inline; else a file of this name does. */
export interface Content extends Stored {
  /** MD5 of the canonical form, hexadecimal. */
  readonly _id: string;
  readonly size: number;
  readonly inline?: Uint8Array;
  readonly createdAt: Date;
}

export const contents = collection<Content>('contents', {
  indexes: [{ key: { createdAt: 1 }, name: 'content_created' }],
});
