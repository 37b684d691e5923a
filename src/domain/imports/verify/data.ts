import { createHash, hash } from 'node:crypto';
import type { Part } from '../../../store/collection.ts';
import { DamagedFileError } from '../../../store/files.ts';
import { type Content, contents, inlineBytes } from '../../objects/content.ts';
import { referenceTo, versions } from '../../objects/object.ts';
import type { Comparison } from './comparison.ts';

const CHECK = 'data';
const PAGE = 1_000;
const PAGE_BYTES = 16_000_000;
const MAX_NAMED = 5;

/**
 * Reads all data here, and computes its MD5 as KBase does: over the JSON in its canonical form, which is the form in which
 * both store it. Data of one checksum is read once, however many versions have it.
 */
export async function verifyData(comparison: Comparison): Promise<void> {
  const { database } = comparison;
  const options = { fields: ['size', 'inline'], sort: { _id: 1 }, limit: PAGE, maxBytes: PAGE_BYTES } as const;
  for (let after = ''; ; ) {
    const page = await database.parts(contents, { _id: { $gt: after } }, options);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last._id;
    for (const content of page) {
      const problem = await problemWith(comparison, content);
      if (problem !== undefined) await report(comparison, content._id, problem);
    }
    comparison.count(CHECK, { here: page.length });
  }
}

async function problemWith(
  { database }: Comparison,
  { _id: checksum, size, inline }: Part<Content, 'size' | 'inline'>,
): Promise<string | undefined> {
  try {
    const bytes = inline === undefined ? undefined : inlineBytes(inline);
    const found = bytes === undefined ? await md5Of(database.files.bytes(checksum, size)) : hash('md5', bytes, 'hex');
    if (bytes !== undefined && bytes.length !== size) return `has ${bytes.length} bytes instead of ${size}`;
    return found === checksum ? undefined : `has the MD5 ${found}`;
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    return `cannot be read: ${error.message}`;
  }
}

async function md5Of(bytes: { pieces(): AsyncIterable<Uint8Array> }): Promise<string> {
  const md5 = createHash('md5');
  for await (const piece of bytes.pieces()) md5.update(piece);
  return md5.digest('hex');
}

/** Names the versions that have the data. */
async function report(comparison: Comparison, checksum: string, problem: string): Promise<void> {
  const fields = ['ws', 'id', 'version'] as const;
  const options = { fields, sort: { ws: 1, id: 1, version: 1 }, limit: MAX_NAMED } as const;
  const filter = { checksum: { $eq: checksum } };
  const having = await comparison.database.parts(versions, filter, options);
  const more = (await comparison.database.count(versions, filter)) - having.length;
  const named = having.map(referenceTo).join(', ') || 'none';
  comparison.differs(
    CHECK,
    checksum,
    `it ${problem}; versions with it: ${named}${more > 0 ? ` and ${more} more` : ''}`,
  );
}
