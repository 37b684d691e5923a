import { fromBase64 } from '../signedNote.ts';
import { HASH_BYTES } from '../tree.ts';

/** What is asked of a witness, as in https://c2sp.org/tlog-witness. */
export interface AddCheckpoint {
  /** The size of the newest checkpoint that the witness has cosigned. */
  readonly old: number;
  /** That the tree of that size is the beginning of that of the checkpoint. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint, a signed note. */
  readonly note: string;
}

const MAX_PROOF = 63;
const OLD = /^old (0|[1-9][0-9]{0,15})$/;

export function addCheckpointBody({ old, proof, note }: AddCheckpoint): string {
  const hashes = proof.map((hash) => `${Buffer.from(hash).toString('base64')}\n`);
  return `old ${old}\n${hashes.join('')}\n${note}`;
}

/** The request in a body; undefined if it is none. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n');
  const old = Number(OLD.exec(first)?.[1] ?? Number.NaN);
  const proof = lines.map(fromBase64);
  if (!Number.isSafeInteger(old) || proof.length > MAX_PROOF) return undefined;
  const hashes = proof.filter((hash) => hash?.length === HASH_BYTES) as Buffer[];
  return hashes.length === proof.length ? { old, proof: hashes, note: body.slice(end + 2) } : undefined;
}
