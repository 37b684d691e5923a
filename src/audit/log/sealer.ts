import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../base/defined.ts';
import { StewardError } from '../../base/errors.ts';
import type { ClusterTime } from '../../store/clusterClock.ts';
import type { CommitPosition, Insertions } from '../../store/commitOrder.ts';
import { type Database, duplicateKeyIndex } from '../../store/database.ts';
import { transact } from '../../store/transact.ts';
import { underLease } from '../../store/underLease.ts';
import { auditCollection } from '../record.ts';
import { signedCheckpoint } from './checkpoint.ts';
import {
  auditHeads,
  auditSegments,
  BATCHES,
  type LogHead,
  logHead,
  type Segment,
  sealedAmong,
  segmentId,
} from './segments.ts';
import { type Signer, verifierKeyText } from './signedNote.ts';
import { CompactRange } from './tree.ts';
import { HASHES, isAfter, type StoredBatch, storedBatch, storedBatches } from './unsealed.ts';

/** The most leaves of a segment, unless a single batch has more. */
const MAX_LEAVES = 4_096;
/** How long the sealer waits after sealing what there was, so that the next segment has more than a few records. */
const PAUSE_MS = 1_000;
/** The sealer goes on following the records until this often in a row there were none. */
const IDLE_PAUSES = 5;
/** Without records of its own, an instance looks this often for records of others, such as one that was killed. */
const LOOK_EVERY_MS = 10_000;
/** How often the position is stored when nothing is sealed, so that it stays within the oplog. */
const KEEP_POSITION_MS = 10 * 60_000;

/** How long the end of the service waits for the last records to be sealed. */
const FINISH_MS = 2_000;

const LEASE = 'task:seal';

export interface SealerOptions {
  readonly database: Database;
  readonly signer: Signer;
  readonly now: () => Date;
  /** How many records this instance has written. */
  readonly written: () => number;
  /** Called with sentences for the operator. */
  readonly warn: (sentence: string) => void;
}

/**
 * Appends the records to the log in the order of their commits. One instance at a time does it, under a lease. Each segment
 * is inserted in one transaction with the change of the head, and only if the head is still as it was read, so that a sealer
 * that has lost the lease without noticing changes nothing.
 */
export class Sealer {
  readonly #options: SealerOptions;
  #written = -1;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** How often sealing failed, since the start of this instance. */
  failures = 0;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** One turn: seals what there is, and goes on until there is nothing for a while. */
  async turn(signal: AbortSignal): Promise<void> {
    const { database, written } = this.#options;
    const now = performance.now();
    const count = written();
    if (count === this.#written && now - this.#lookedAt < LOOK_EVERY_MS) return;
    if (isReplaced(await logHead(database), this.#options.signer)) return;
    const held = await underLease(database, { name: LEASE, stop: signal }, async (held) => {
      await this.#counted(() => this.#follow(held));
    });
    this.#lookedAt = now;
    // Another instance may end its turn just before it would find the newest records of this one.
    if (held) this.#written = count;
  }

  /** Seals what there is now. Does nothing while another instance seals, or once another key has replaced this one. */
  async seal(signal: AbortSignal = new AbortController().signal): Promise<void> {
    if (isReplaced(await logHead(this.#options.database), this.#options.signer)) return;
    await underLease(this.#options.database, { name: LEASE, stop: signal }, async (held) => {
      await this.#counted(() => this.#withStream(held, (stream, head) => this.#drain(stream, head, held)));
    });
  }

  /** Seals what there is at the end of the service, if that takes no longer than a moment. */
  async finish(): Promise<void> {
    // The next instance seals what is left, and if the database is away, nothing can be sealed.
    const sealed = this.seal(AbortSignal.timeout(FINISH_MS)).catch(() => undefined);
    await Promise.race([sealed, sleep(FINISH_MS, undefined, { ref: false })]);
  }

  async #counted(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.failures += 1;
      throw error;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    await this.#withStream(signal, async (stream, begun) => {
      let head = begun;
      for (let idle = 0; idle < IDLE_PAUSES && !signal.aborted; ) {
        const before = head.size;
        head = await this.#drain(stream, head, signal);
        idle = head.size === before ? idle + 1 : 0;
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
      if (this.#options.now().getTime() - head.at.getTime() > KEEP_POSITION_MS) {
        await this.#advance(head, { position: stream.position });
      }
    });
  }

  /** Runs the work with the head of the log, and a stream of what is not in it. */
  async #withStream<R>(signal: AbortSignal, work: (stream: Following, head: LogHead) => Promise<R>): Promise<R> {
    const { database, warn } = this.#options;
    for (let isSecond = false; ; isSecond = true) {
      const head = await logHead(database);
      const { position, ...placed } = head.position === undefined ? await this.#lookForUnsealed(head, signal) : head;
      if (position === undefined) throw new TypeError('the log has no position');
      const stream = new Following(database.follow(auditCollection, position, HASHES));
      try {
        return await work(stream, { ...placed, position });
      } catch (error) {
        const why = whyUnusable(error);
        if (isSecond || why === undefined) throw error;
        warn(`${why}: unsealed records are looked for`);
        // If this is interrupted, the next turn looks for them too.
        await this.#advance(await logHead(database), { position: undefined });
      } finally {
        await stream.close();
      }
    }
  }

  /** Seals all that the stream has. */
  async #drain(stream: Following, begun: LogHead, signal: AbortSignal): Promise<LogHead> {
    let head = begun;
    while (!signal.aborted) {
      const { batches, isAll } = await stream.gather();
      const last = batches.at(-1);
      if (last === undefined) break;
      const { overlap } = head;
      const through = last.committed;
      const kept = overlap !== undefined && !isAfter(through, overlap) ? overlap : undefined;
      const fresh = overlap === undefined ? batches : await this.#notSealed(batches, overlap);
      const place = { position: isAll ? stream.position : last.after, through, overlap: kept };
      head = fresh.length > 0 ? await this.#append(head, fresh, place) : await this.#advance(head, place);
      if (isAll) break;
    }
    return head;
  }

  async #notSealed(batches: readonly Followed[], overlap: ClusterTime): Promise<readonly Followed[]> {
    const doubtful = batches.filter(({ committed }) => !isAfter(committed, overlap)).map(({ id }) => id);
    const sealed = await sealedAmong(this.#options.database, doubtful);
    return batches.filter(({ id }) => !sealed.has(id));
  }

  /**
   * Seals all records that are not in the log, in the order of their ids, which is nearly that of their commits. What is
   * committed meanwhile is read from the oplog afterwards, and compared with what was found here.
   */
  async #lookForUnsealed(lost: LogHead, signal: AbortSignal): Promise<LogHead> {
    const { database, warn } = this.#options;
    const begun = await database.clock.now();
    let head = lost;
    let waiting: StoredBatch[] = [];
    const flush = async () => {
      if (waiting.length > 0) head = await this.#append(head, waiting, { soughtAt: begun });
      waiting = [];
    };
    for await (const page of storedBatches(database)) {
      signal.throwIfAborted();
      const ids = page.map(({ id }) => id);
      const sealed = await sealedAmong(database, ids);
      for (const batch of page) {
        if (sealed.has(batch.id)) continue;
        if (leavesOf(waiting) + batch.leaves.length > MAX_LEAVES) await flush();
        waiting.push(batch);
      }
    }
    await flush();
    const found = head.size - lost.size;
    head = await this.#advance(head, { position: { at: begun }, overlap: await database.clock.now(), through: begun });
    if (found > 0) warn(`${found} audit records were not sealed yet, and are sealed now in the order of their ids`);
    return head;
  }

  /** Inserts a segment with these batches. */
  async #append(
    head: LogHead,
    batches: readonly StoredBatch[],
    { soughtAt, ...place }: Place & Pick<Segment, 'soughtAt'>,
  ): Promise<LogHead> {
    const { signer, now } = this.#options;
    const first = head.size;
    const range = new CompactRange(
      first,
      head.peaks.map((peak) => Buffer.from(peak, 'base64')),
    );
    const leaves = batches.flatMap((batch) => batch.leaves);
    const roots: { level: number; hash: string }[] = [];
    for (const leaf of leaves) {
      for (const { level, index, hash } of range.append(leaf)) {
        if (index * 2 ** level < first) roots.push({ level, hash: hash.toString('base64') });
      }
    }
    const { size } = range;
    const at = now();
    const checkpoint = signedCheckpoint({ origin: signer.key.name, size, root: range.root() }, signer);
    const segment = {
      ...{ _id: segmentId(first), first, size },
      batches: batches.map(({ id, leaves: { length: count }, format }) =>
        format === 1 ? { id, count, format } : { id, count },
      ),
      ...{ leaves: Buffer.concat(leaves), roots, checkpoint, at },
      ...defined({ through: place.through, soughtAt }),
    };
    const ids = batches.map(({ id }) => id);
    const last = [head.last ?? '', ...ids].toSorted().at(-1) ?? '';
    const peaks = range.peaks.map((peak) => peak.toString('base64'));
    return this.#store(head, { ...place, size, peaks, last, checkpoint, at }, segment);
  }

  /** Stores how far the sealer has read, where nothing is to be sealed. */
  #advance(head: LogHead, place: Place): Promise<LogHead> {
    return this.#store(head, { ...place, at: this.#options.now() });
  }

  #keys({ keys, size }: LogHead): LogHead['keys'] {
    const key = verifierKeyText(this.#options.signer.key);
    return keys.at(-1)?.key === key ? keys : [...keys, { key, from: size }];
  }

  async #store(
    head: LogHead,
    change: Partial<Omit<LogHead, keyof Place>> & Place,
    segment?: Omit<Segment, 'revision'>,
  ): Promise<LogHead> {
    const { database, now } = this.#options;
    return transact(database, { now }, async (tx) => {
      const stored = await tx.get(auditHeads, head._id);
      if (stored === null || !isSameEnd(stored, head)) throw new SealedElsewhereError();
      if (isReplaced(stored, this.#options.signer)) throw new SealedElsewhereError();
      if (segment !== undefined) await tx.insert(auditSegments, segment);
      const keys = segment === undefined ? stored.keys : this.#keys(stored);
      return tx.update(auditHeads, stored, defined({ ...stored, ...change, keys }) as LogHead);
    });
  }
}

/** Where the sealer goes on. */
interface Place {
  readonly position?: CommitPosition | undefined;
  readonly overlap?: ClusterTime | undefined;
  readonly through?: ClusterTime;
}

/** Whether the log still ends where it did. What it says about pruning may have changed meanwhile. */
function isSameEnd(one: LogHead, other: LogHead): boolean {
  const endOf = ({ size, peaks, position, overlap, through }: LogHead) => [size, peaks, position, overlap, through];
  return isDeepStrictEqual(endOf(one), endOf(other));
}

/** Whether the log was signed with the key of this signer, and is signed with another one by now. */
function isReplaced({ keys }: LogHead, { key }: Signer): boolean {
  const own = verifierKeyText(key);
  return keys.at(-1)?.key !== own && keys.some((each) => each.key === own);
}

/** Why the log cannot be continued from the position that it has; undefined for another error. */
function whyUnusable(error: unknown): string | undefined {
  if (error instanceof StewardError && error.reason === 'cursor_outdated') {
    return "MongoDB's oplog no longer reaches back to the last sealed audit record";
  }
  // After a restore, the oplog has the sealed records as insertions of now.
  if (duplicateKeyIndex(error) === BATCHES) {
    return "MongoDB's oplog has audit records again that are sealed already, as when a backup was restored";
  }
  return undefined;
}

/** Another instance has sealed meanwhile: this one has lost the lease. */
class SealedElsewhereError extends Error {
  constructor() {
    super('another instance seals the audit records');
  }
}

const leavesOf = (batches: readonly StoredBatch[]) => batches.reduce((sum, { leaves }) => sum + leaves.length, 0);

interface Followed extends StoredBatch {
  readonly committed: ClusterTime;
  readonly after: CommitPosition;
}

/** The batches of a stream, a segment at a time. */
class Following {
  readonly #insertions: Insertions;
  /** The next batch, which no longer had a place in the segment before. */
  #held: Followed | undefined;

  constructor(insertions: Insertions) {
    this.#insertions = insertions;
  }

  get position(): CommitPosition {
    return this.#insertions.position;
  }

  /** The next batches, with as many leaves as a segment takes. `isAll`: there are no more at the moment. */
  async gather(): Promise<{ readonly batches: readonly Followed[]; readonly isAll: boolean }> {
    const batches: Followed[] = [];
    let leaves = 0;
    for (;;) {
      const next = this.#held ?? (await this.#next());
      this.#held = undefined;
      if (next === undefined) return { batches, isAll: true };
      if (batches.length > 0 && leaves + next.leaves.length > MAX_LEAVES) {
        this.#held = next;
        return { batches, isAll: false };
      }
      batches.push(next);
      leaves += next.leaves.length;
    }
  }

  async #next(): Promise<Followed | undefined> {
    for (;;) {
      const inserted = await this.#insertions.next();
      if (inserted === undefined) return undefined;
      const { id, fields, committed, after } = inserted;
      const batch = storedBatch(id, fields.records);
      if (batch !== undefined) return { ...batch, committed, after };
    }
  }

  close(): Promise<void> {
    return this.#insertions.close();
  }
}
