import { StewardError } from '../../base/errors.ts';
import type { Database } from '../../store/database.ts';
import { transact } from '../../store/transact.ts';
import { parseCheckpoint, withSignatures } from './checkpoint.ts';
import { auditWitnesses } from './cosigned.ts';
import type { AuditLog } from './log.ts';
import { NoteError, parseNote, type VerifierKey, verifiedSignatures } from './signedNote.ts';
import { addCheckpointBody } from './witness/request.ts';

/** What a server answers to a POST, or why it does not, as a sentence. */
export type Posted = { readonly status: number; readonly body: string } | { readonly trouble: string };

export interface WitnessesOptions {
  readonly database: Database;
  readonly log: AuditLog;
  /** Where the witnesses are asked, without `/add-checkpoint`. */
  readonly urls: readonly string[];
  readonly post: (url: URL, body: string) => Promise<Posted>;
  /** The keys of the witnesses. */
  readonly keys: readonly VerifierKey[];
  readonly now: () => Date;
  /** Called with sentences for the operator. */
  readonly warn: (sentence: string) => void;
}

const MAX_SHOWN = 200;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [5_000, 10 * 60_000];

/** What went wrong with a witness, as a sentence without its address. */
class WitnessError extends Error {}

/** Sends the newest checkpoint to witnesses, which cosign it if it continues what they have cosigned. */
export class Witnesses {
  readonly #options: WitnessesOptions;
  readonly #troubles = new Map<string, Trouble>();

  constructor(options: WitnessesOptions) {
    this.#options = options;
  }

  /** Asks each witness that has not cosigned the newest checkpoint. One that failed is asked again after a growing pause. */
  async turn(signal: AbortSignal): Promise<void> {
    const due = this.#options.urls.filter((url) => performance.now() >= (this.#troubles.get(url)?.until ?? 0));
    await Promise.all(due.map((url) => this.#tend(url, signal)));
  }

  async #tend(url: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#bringUpToDate(url, signal);
      if (this.#troubles.delete(url)) this.#options.warn(`the witness ${url} cosigns the audit log again`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WitnessError)) throw error;
      const { message, failures } = this.#troubles.get(url) ?? { message: '', failures: 0 };
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      this.#troubles.set(url, { message: error.message, failures: failures + 1, until: performance.now() + pause });
      // Said once, not at each attempt.
      if (message !== error.message)
        this.#options.warn(`the witness ${url} has not cosigned the audit log: ${error.message}`);
    }
  }

  async #bringUpToDate(url: string, signal: AbortSignal): Promise<void> {
    const { database, log } = this.#options;
    const before = await database.get(auditWitnesses, url);
    const newest = await log.checkpoint();
    if (newest === undefined || parseCheckpoint(parseNote(newest).text).size === before?.size) return;
    let held = before?.size ?? 0;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const answer = await this.#ask(url, held);
      if ('note' in answer) return this.#keep(url, answer.note);
      // The witness has cosigned more or less than this service knows of, such as before a crash.
      if (attempt > 2) throw new WitnessError(`it has cosigned ${answer.held} records, and then other numbers`);
      held = answer.held;
    }
  }

  /** The cosigned note, or how many records the witness has cosigned. */
  async #ask(url: string, held: number): Promise<{ readonly note: string } | { readonly held: number }> {
    const { proof, checkpoint } = await this.#proofFrom(held);
    const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
    const body = addCheckpointBody({ old: held, proof: hashes, note: checkpoint });
    const posted = await this.#options.post(new URL(`${url.replace(/\/+$/, '')}/add-checkpoint`), body);
    if ('trouble' in posted) throw new WitnessError(posted.trouble);
    if (posted.status === 409 && /^[0-9]{1,15}\n$/.test(posted.body)) return { held: Number(posted.body) };
    if (posted.status === 200) return { note: this.#verified(checkpoint, posted.body) };
    throw new WitnessError(`it answered ${posted.status}: ${posted.body.trim().slice(0, MAX_SHOWN)}`);
  }

  async #proofFrom(held: number) {
    try {
      return await this.#options.log.proveConsistency({ from: held });
    } catch (error) {
      if (!(error instanceof StewardError && error.reason === 'size_unknown')) throw error;
      throw new WitnessError(
        `it has cosigned ${held} records, and the log has fewer: the database was rolled back, or the end of the log was cut`,
      );
    }
  }

  /** The checkpoint with the cosignatures in the answer that are by known keys. */
  #verified(checkpoint: string, answer: string): string {
    const lines = answer.split('\n').filter((line) => line !== '');
    try {
      const note = parseNote(withSignatures(checkpoint, lines));
      const cosignatures = verifiedSignatures(note, this.#options.keys).map(({ line }) => line);
      if (cosignatures.length > 0) return withSignatures(checkpoint, cosignatures);
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      throw new WitnessError(`its answer does not count: ${error.message}`);
    }
    throw new WitnessError('its answer does not count: it is not signed with one of audit-witness-keys');
  }

  async #keep(url: string, note: string): Promise<void> {
    const { database, now } = this.#options;
    const { size } = parseCheckpoint(parseNote(note).text);
    await transact(database, { now }, async (tx) => {
      const before = await tx.get(auditWitnesses, url);
      if (before === null) await tx.insert(auditWitnesses, { _id: url, note, size, at: tx.now });
      else if (before.size <= size) await tx.update(auditWitnesses, before, { ...before, note, size, at: tx.now });
    });
  }
}

interface Trouble {
  readonly message: string;
  readonly failures: number;
  readonly until: number;
}
