import type { Collection, Reader, Stored } from './collection.ts';
import { instant, isFresh } from './instant.ts';
import { RevisionConflict } from './writes.ts';

/** How often a commit reads the relied-on documents again before it gives up. */
const MAX_CONFIRMATIONS = 5;

/** A document that a right depends on, and the revision that was read. */
interface Relied {
  readonly from: Collection<Stored>;
  readonly id: string;
  readonly revision: number;
}

/** The documents that the decision of a transaction depends on, with the revisions that were read. */
export class Reliance {
  readonly #relied = new Map<string, Relied>();
  /** Taken before the server takes the snapshot. */
  #confirmedAt = instant();

  /** Notes the revision that was read first. */
  on(from: Collection<Stored>, id: string, found: Stored | null): void {
    const place = `${from.name}/${id}`;
    if (!this.#relied.has(place)) this.#relied.set(place, { from, id, revision: found?.revision ?? 0 });
  }

  /**
   * Reads the documents again if they were read too long ago.
   *
   * @param reader reads committed data
   * @param written documents that the transaction writes, which need no check: the server detects conflicts over them
   * @throws RevisionConflict
   */
  async confirm(reader: Pick<Reader, 'get'>, written: ReadonlySet<string>): Promise<void> {
    for (let round = 1; !isFresh(this.#confirmedAt); round += 1) {
      const at = instant();
      for (const [place, { from, id, revision }] of this.#relied) {
        if (written.has(place)) continue;
        const present = await reader.get(from, id);
        if ((present?.revision ?? 0) !== revision || round > MAX_CONFIRMATIONS)
          throw new RevisionConflict(from.name, id);
      }
      this.#confirmedAt = at;
    }
  }
}
