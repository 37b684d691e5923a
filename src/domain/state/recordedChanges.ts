import { sealedRecords } from '../../audit/log/sealed.ts';
import { logHead } from '../../audit/log/segments.ts';
import { withAllChanges } from '../../audit/parts.ts';
import type { Database } from '../../store/database.ts';
import { coveredIn } from './coverage.ts';
import { type StateChange, stateChange } from './documentState.ts';

/** What a record does to the covered fields of a document. */
export interface RecordedChange {
  /** `<collection>/<id>`, with the present name of the collection. */
  readonly place: string;
  readonly change: StateChange;
}

/** A record that was read, or is missing. */
export interface ReadRecord {
  readonly seq: number;
  readonly id: string;
  /** Undefined if it is not in the database. */
  readonly changes: readonly RecordedChange[] | undefined;
}

/**
 * The changes of all records in the order in which they were committed, whether they are sealed or not. Reading again goes on
 * after what was read.
 */
export class RecordedChanges {
  readonly #database: Database;
  #next: number;
  /** Records that were not known to be sealed when they were read: they may come again. */
  #unsealed: Set<string> = new Set();

  /** @param from the sequence number of the first record */
  constructor(database: Database, from: number) {
    this.#database = database;
    this.#next = from;
  }

  /** The number of sealed records that were read, counted from the beginning of the log. */
  get sealed(): number {
    return this.#next;
  }

  /** Everything that was committed until now and not read yet. @param below reads only sealed records below this one */
  async *read(below = Number.POSITIVE_INFINITY): AsyncGenerator<ReadRecord> {
    const { size } = await logHead(this.#database);
    const end = Math.min(size, below);
    const known = this.#unsealed;
    const unsealed = new Set<string>();
    const all = sealedRecords(this.#database, { from: this.#next, unsealed: below === Number.POSITIVE_INFINITY });
    for await (const { seq, id, record } of all) {
      if (seq >= below) break;
      if (seq >= end) unsealed.add(id);
      if (known.has(id)) continue;
      if (record === undefined) {
        yield { seq, id, changes: undefined };
        continue;
      }
      const { changes } = await withAllChanges(this.#database, record);
      yield { seq, id, changes: changes.flatMap(recorded) };
    }
    this.#next = Math.max(this.#next, end);
    this.#unsealed = unsealed;
  }
}

type Changes = Awaited<ReturnType<typeof withAllChanges>>['changes'];

function recorded(change: Changes[number]): RecordedChange[] {
  const covered = coveredIn(change.collection, change.id);
  const state = covered === undefined ? undefined : stateChange(covered, change);
  return covered === undefined || state === undefined
    ? []
    : [{ place: `${covered.of.name}/${change.id}`, change: state }];
}
