import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../base/errorCode.ts';
import { OperatorError } from '../../../base/errors.ts';
import { syncFolder, writeSynced } from '../durableFile.ts';
import { KEY_TYPES, NoteError, parseVerifierKey, type Signer, verifierKey, verifierKeyText } from '../signedNote.ts';

const [PRIVATE, PUBLIC] = ['key.pem', 'key.pub'];

/**
 * The key of the witness in this folder, made at the first start, with this name. The public key is in the file `key.pub`.
 *
 * @throws OperatorError if the name is none, or is not that of the key in the folder
 */
export async function ownWitnessKey(folder: string, name: string): Promise<Signer> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const privateKey = createPrivateKey(await createdOnce(join(folder, PRIVATE), fresh, 0o600));
  let signer: Signer;
  try {
    signer = { key: verifierKey(name, KEY_TYPES.cosignature, privateKey), privateKey };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new OperatorError(`${name} cannot be the name of a witness: ${error.message}`);
  }
  const text = verifierKeyText(signer.key);
  const stored = (await createdOnce(join(folder, PUBLIC), `${text}\n`, 0o644)).trim();
  if (stored === text) return signer;
  const { name: before } = parseVerifierKey(stored);
  throw new OperatorError(
    `The witness in ${folder} has the name ${before}. Start it with --name ${before}, or give another folder: with another name, it would be another witness.`,
  );
}

/** The content of a file, which gets this content if there is none; never half a file. */
async function createdOnce(file: string, content: string, mode: number): Promise<string> {
  const temporary = `${file}.${randomUUID()}`;
  await writeSynced(temporary, content, mode);
  try {
    await link(temporary, file);
    await syncFolder(join(file, '..'));
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(file, 'utf8');
}
