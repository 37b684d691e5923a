import { collection, type Stored } from '../store/collection.ts';

/**
 * What every save into a workspace changes. It lies outside of the saves' transactions, which would only conflict over
 * it: drawn before the commit, so that a save that fails after that leaves a gap in the ids, as a crash may.
 */
export interface Head extends Stored {
  /** The highest object id that was given in the workspace; absent means none. */
  readonly lastObject?: number;
  /** The last save or copy into it. */
  readonly savedAt: Date;
}

/** By the id of the workspace's document, `ws1`. */
export const heads = collection<Head>('heads');
