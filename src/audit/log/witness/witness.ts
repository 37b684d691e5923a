import {
  type Checkpoint,
  cosignatureOf,
  parseCheckpoint,
  type SignedCheckpoint,
  verifiedCheckpoint,
  withSignatures,
} from '../checkpoint.ts';
import { NoteError, parseNote, SignatureError, type Signer, type VerifierKey } from '../signedNote.ts';
import { emptyRoot, provesConsistency } from '../tree.ts';
import type { KeptCheckpoints } from './keptCheckpoints.ts';
import { type AddCheckpoint, parseAddCheckpoint } from './request.ts';

export interface WitnessOptions {
  readonly signer: Signer;
  /** The keys of the logs that it cosigns, whose names are their origins. */
  readonly logs: readonly VerifierKey[];
  readonly kept: KeptCheckpoints;
  /** In seconds since 1970. */
  readonly seconds: () => number;
}

/** An answer over HTTP. */
export interface WitnessAnswer {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

/**
 * Cosigns the checkpoints of some logs as https://c2sp.org/tlog-witness describes: each only if it continues the one that was
 * cosigned before. So a log cannot be rewritten unnoticed, even with its key.
 */
export class Witness {
  readonly #options: WitnessOptions;
  /** The last request of each origin: they are answered one after another. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** Answers a request with this body. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const request = parseAddCheckpoint(body);
    if (request === undefined)
      return refused(400, 'The body must be "old SIZE", the lines of the proof, a blank line and a checkpoint.');
    let origin: string;
    try {
      ({ origin } = parseCheckpoint(parseNote(request.note).text));
    } catch (error) {
      return refused(400, messageOf(error));
    }
    const keys = this.#options.logs.filter(({ name }) => name === origin);
    if (keys.length === 0) return refused(404, 'This witness does not know the log.');
    try {
      const checkpoint = verifiedCheckpoint(request.note, keys);
      return await this.#inTurn(origin, () => this.#cosign(request, checkpoint));
    } catch (error) {
      return refused(error instanceof SignatureError ? 403 : 400, messageOf(error));
    }
  }

  /** The newest cosigned checkpoint of the log whose origin has this SHA-256. */
  async newest(originHash: string): Promise<string | undefined> {
    return (await this.#options.kept.read(originHash))?.note;
  }

  #inTurn<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(work);
    this.#turns.set(
      origin,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #cosign({ old, proof, note }: AddCheckpoint, checkpoint: SignedCheckpoint): Promise<WitnessAnswer> {
    const { kept, signer, seconds } = this.#options;
    const { origin, size, root, signatures } = checkpoint;
    if (old > size) return refused(400, `The old size ${old} is larger than the checkpoint's ${size}.`);
    const before = await kept.ofOrigin(origin);
    const held: Checkpoint = before === undefined ? { origin, size: 0, root: emptyRoot() } : checkpointIn(before.note);
    if (held.size !== old) return conflict(held.size);
    if (!provesConsistency({ from: held, to: { size, root } }, proof)) {
      return refused(
        422,
        `The proof does not show that the ${size} records begin with the ${old} that this witness has cosigned.`,
      );
    }
    const line = cosignatureOf(note, seconds(), signer);
    const { text } = checkpoint;
    const cosigned = withSignatures(`${text}\n${signatures.map((signature) => `${signature.line}\n`).join('')}`, [
      line,
    ]);
    if (await kept.write(origin, { note: cosigned, generation: (before?.generation ?? 0) + 1 })) {
      return { status: 200, text: `${line}\n` };
    }
    // Another process has cosigned meanwhile.
    return conflict(checkpointIn((await kept.ofOrigin(origin))?.note ?? cosigned).size);
  }
}

/** What the witness has cosigned. If that cannot be read, it must not go on with something else. */
function checkpointIn(note: string): Checkpoint {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    throw new Error('a checkpoint that this witness has cosigned is damaged', { cause: error });
  }
}

const refused = (status: number, sentence: string): WitnessAnswer => ({ status, text: `${sentence}\n` });

const conflict = (size: number): WitnessAnswer => ({ status: 409, text: `${size}\n`, type: 'text/x.tlog.size' });

/** @throws the error itself if it is not about the note */
function messageOf(error: unknown): string {
  if (error instanceof NoteError) return error.message;
  throw error;
}
