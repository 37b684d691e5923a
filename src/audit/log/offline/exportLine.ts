import type { RecordFormat } from '../entry.ts';

/** A record of the log. `text` is what was hashed; it is absent if only the leaf is left. */
export interface RecordLine {
  readonly type: 'record';
  readonly seq: number;
  readonly id?: string;
  readonly leaf: Buffer;
  readonly format: RecordFormat;
  readonly text?: Buffer;
  /** Why there is no text. */
  readonly without?: 'pruned' | 'missing';
}

/** Some of the changes of the record `of`. `text` is what was hashed. */
export interface PartLine {
  readonly type: 'part';
  readonly of: number;
  readonly id: string;
  readonly hash: string;
  /** Hashed before the text. Parts of earlier versions have none. */
  readonly salt: string;
  readonly text: Buffer;
}

/** A record that stood in the database after that record, and is not in the log. */
export interface BesideLine {
  readonly type: 'beside';
  readonly after: number;
  readonly id: string;
}

/** The last line about what is beside the log: how many records were not sealed yet. */
export interface UnsealedLine {
  readonly type: 'unsealed';
  readonly count: number;
}

export type ExportLine = RecordLine | PartLine | BesideLine | UnsealedLine;

const SEQ = '(0|[1-9][0-9]{0,15})';
const ID = '"([^"\\\\]{1,100})"';
const HASH = '"([0-9a-f]{64})"';
const SALT = '"([A-Za-z0-9_-]{22})"';
// The fields have a fixed order, so that the hashed text can be cut out without parsing it.
const RECORD = new RegExp(`^\\{"seq":${SEQ},"id":${ID},"leaf":${HASH},"format":([12]),"record":(?=\\{)`);
const PART = new RegExp(`^\\{"of":${SEQ},"part":${ID},"hash":${HASH},(?:"salt":${SALT},)?"changes":(?=\\[)`);
const BESIDE = new RegExp(`^\\{"beside":(-1|${SEQ}),"id":${ID},"record":(?=\\{)`);
const BARE = new RegExp(
  `^\\{"seq":${SEQ}(?:,"id":${ID})?,"leaf":${HASH}(?:,"format":([12]))?,"(pruned|missing)":true\\}$`,
);
const UNSEALED = new RegExp(`^\\{"unsealed":${SEQ}\\}$`);
/** No head of a line is longer. */
const HEAD_BYTES = 512;
const CLOSING_BRACE = 0x7d;

/** What a line says; undefined if it is not a line of an export. */
export function parseExportLine(line: Buffer): ExportLine | undefined {
  const head = line.toString('latin1', 0, HEAD_BYTES);
  if (line.at(-1) !== CLOSING_BRACE) return undefined;
  const textAfter = (found: RegExpExecArray) => line.subarray(found[0].length, -1);
  const record = RECORD.exec(head);
  if (record !== null) {
    const [, seq, id = '', leaf = '', format] = record;
    return { type: 'record', ...place(seq, leaf, format), id: utf8(id), text: textAfter(record) };
  }
  const part = PART.exec(head);
  if (part !== null) {
    const [, of, id = '', hash = '', salt = ''] = part;
    return { type: 'part', of: Number(of), id: utf8(id), hash, salt, text: textAfter(part) };
  }
  const beside = BESIDE.exec(head);
  if (beside !== null) return { type: 'beside', after: Number(beside[1]), id: utf8(beside[3] ?? '') };
  const unsealed = UNSEALED.exec(head);
  if (unsealed !== null) return { type: 'unsealed', count: Number(unsealed[1]) };
  const bare = BARE.exec(head);
  if (bare === null) return undefined;
  const [, seq, id, leaf = '', format = '2', why] = bare;
  const without = why === 'pruned' ? 'pruned' : 'missing';
  return { type: 'record', ...place(seq, leaf, format), ...(id === undefined ? {} : { id: utf8(id) }), without };
}

const place = (seq: string | undefined, leaf: string, format: string | undefined) => ({
  seq: Number(seq),
  leaf: Buffer.from(leaf, 'hex'),
  format: format === '1' ? (1 as const) : (2 as const),
});

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString();
