import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errorCode.ts';

export const SIGNING_KEY_FILE = 'signing-key';

/**
 * The service's own signing key, made on first start where no token source is configured: 256 random bits, readable by
 * the owner only. It gets its name after it was written, so that neither a crash nor a concurrent start leaves half a
 * key.
 */
export async function ownSigningKey(dataDir: string): Promise<string> {
  const path = join(dataDir, SIGNING_KEY_FILE);
  const present = await readKey(path);
  if (present !== undefined) return present;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  const file = await open(temporary, 'w', 0o600);
  await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
  await file.sync();
  await file.close();
  try {
    await link(temporary, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readKey(path);
  if (made === undefined) throw new Error(`the signing key ${path} vanished while it was made`);
  return made;
}

/** The key in this file; undefined if there is none yet. */
export async function readKey(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (text !== '') return text;
    throw new Error(`the signing key ${path} is empty: remove the file and start again, which makes a new one`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
