import type { Posted, WitnessesOptions } from '../audit/log/cosigning.ts';
import { KEY_TYPES, type KeyType, NoteError, parseVerifierKey, type VerifierKey } from '../audit/log/signedNote.ts';
import type { Config } from '../base/config/keys.ts';
import { OperatorError } from '../base/errors.ts';
import { Remote, RemoteError } from '../identity/remote.ts';

/** An answer is a few lines. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** The configured witnesses; undefined if there are none. @throws OperatorError */
export function witnessesOf({
  'audit-witness-urls': urls,
  'audit-witness-keys': keys,
}: Config): Pick<WitnessesOptions, 'urls' | 'keys' | 'post'> | undefined {
  const parsed = keys.map((line) => keyIn('audit-witness-keys', line, KEY_TYPES.cosignature));
  if (urls.length === 0) return undefined;
  if (keys.length > 0) return { urls, keys: parsed, post };
  throw new OperatorError('audit-witness-urls needs audit-witness-keys: without them, nobody knows who has cosigned');
}

/** The configured keys with which the log was signed before. @throws OperatorError */
export const earlierKeysOf = ({ 'audit-earlier-keys': keys }: Config): readonly VerifierKey[] =>
  keys.map((line) => keyIn('audit-earlier-keys', line, KEY_TYPES.ed25519));

function keyIn(where: 'audit-witness-keys' | 'audit-earlier-keys', line: string, type: KeyType): VerifierKey {
  try {
    const key = parseVerifierKey(line);
    if (key.type === type) return key;
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new OperatorError(`${where}: ${error.message}`);
  }
  const [wanted, found] = type === KEY_TYPES.cosignature ? ['a witness', 'a log'] : ['a log', 'a witness'];
  throw new OperatorError(`${where}: ${line} is the key of ${found} and not of ${wanted}`);
}

async function post(url: URL, body: string): Promise<Posted> {
  try {
    const remote = new Remote(url.protocol, { maxBytes: MAX_ANSWER_BYTES });
    return await remote.post(url, body, { 'content-type': 'text/plain; charset=utf-8', accept: 'text/plain' });
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { trouble: error.message };
  }
}
