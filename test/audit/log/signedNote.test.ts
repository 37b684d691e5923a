import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkpointText,
  cosignatureOf,
  parseCheckpoint,
  signedCheckpoint,
  verifiedCheckpoint,
  withSignatures,
} from '../../../src/audit/log/checkpoint.ts';
import {
  KEY_TYPES,
  type KeyType,
  NoteError,
  parseNote,
  parseVerifierKey,
  type Signer,
  signatureLine,
  verifiedSignatures,
  verifierKey,
  verifierKeyText,
} from '../../../src/audit/log/signedNote.ts';
import { emptyRoot, leafHash } from '../../../src/audit/log/tree.ts';

/** The examples of https://c2sp.org/signed-note and golang.org/x/mod/sumdb/note, and a checkpoint of Go's checksum database. */
const PUBLISHED = [
  {
    key: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    note: `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`,
  },
  {
    key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    note: `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`,
  },
  {
    key: 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
    note: `go.sum database tree
35225469
vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=

— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QTtPydhKCExixSfwQ=
`,
  },
];

function signer(name: string, type: KeyType = KEY_TYPES.ed25519): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { key: verifierKey(name, type, publicKey), privateKey };
}

const [log, witness, stranger] = [
  signer('log.example'),
  signer('w.example', KEY_TYPES.cosignature),
  signer('log.example'),
];
const checkpoint = { origin: 'log.example', size: 3, root: leafHash('root') };
const note = signedCheckpoint(checkpoint, log);

describe('signed notes', () => {
  it.each(PUBLISHED)('verify with the published key $key', ({ key, note }) => {
    const parsed = parseVerifierKey(key);
    expect(verifierKeyText(parsed)).toBe(key);
    expect(verifiedSignatures(parseNote(note), [parsed])).toHaveLength(1);
  });

  it.each(PUBLISHED)('do not verify if one character is another: $key', ({ key, note }) => {
    const known = [parseVerifierKey(key)];
    for (let i = 0; i < note.lastIndexOf('\n\n'); i += 1) {
      const other = `${note.slice(0, i)}${note[i] === 'x' ? 'y' : 'x'}${note.slice(i + 1)}`;
      expect(() => verifiedSignatures(parseNote(other), known), other).toThrow(NoteError);
    }
  });

  it('ignore the signatures of unknown keys, also of one with the same name', () => {
    const both = withSignatures(note, [signatureLine(parseNote(note).text, stranger)]);
    expect(verifiedSignatures(parseNote(both), [log.key]).map(({ key }) => key)).toEqual([log.key]);
    expect(verifiedSignatures(parseNote(note), [stranger.key])).toEqual([]);
  });

  it('are refused as a whole if the signature of one of the known keys is wrong', () => {
    const [right = ''] = parseNote(note).signatures.map(({ line }) => line);
    const wrong = signatureLine('something else\n', log);
    expect(() => verifiedSignatures(parseNote(withSignatures(note, [wrong])), [log.key])).toThrow('is wrong');
    expect(() => verifiedSignatures(parseNote(note.replace(right, wrong)), [log.key])).toThrow('is wrong');
  });

  it('can have empty lines in their text', () => {
    const text = 'a\n\n\nb\n';
    expect(parseNote(`${text}\n${signatureLine(text, log)}\n`).text).toBe(text);
  });

  const line = signatureLine('text\n', log);
  it.each([
    ['no blank line', `text\n${line}\n`, 'no blank line'],
    ['no newline at the end', `text\n\n${line}`, 'no blank line'],
    ['no signature', 'text\n\n', 'not of the form'],
    ['a carriage return', `text\r\n\n${line}\n`, 'control characters'],
    ['a hyphen in place of the dash', `text\n\n-${line.slice(1)}\n`, 'not of the form'],
    ['a name with a plus', `text\n\n${line.replace('log', 'l+g')}\n`, 'not of the form'],
    ['a name with a space of Unicode', `text\n\n${line.replace('log', 'l\u2003g')}\n`, 'not of the form'],
    ['a signature without bytes', 'text\n\n— log.example AAAAAA==\n', 'not of the form'],
    ['another way to write the bytes', `text\n\n${line.replace(/=*$/, '')}\n`, 'not of the form'],
    ['too many signatures', `text\n\n${`${line}\n`.repeat(33)}`, 'more than 32'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => parseNote(text)).toThrow(message);
  });
});

describe('verifier keys', () => {
  const text = verifierKeyText(log.key);
  const [, id = '', key = ''] = text.split('+');
  it.each([
    ['without an id', `log.example+${key}`, 'NAME+ID+BASE64'],
    ['with the id of another name', text.replace('log', 'lag'), `but the line has ${id}`],
    ['of another algorithm', `log.example+${id}+${Buffer.alloc(33, 2).toString('base64')}`, 'neither'],
    ['that are too short', `log.example+${id}+${Buffer.of(1, 2).toString('base64')}`, '32 bytes'],
  ])('are refused %s', (_, line, message) => {
    expect(() => parseVerifierKey(line)).toThrow(message);
  });

  it('are the same made of the private key, and differ by type', () => {
    expect(verifierKey('log.example', KEY_TYPES.ed25519, log.privateKey)).toEqual(log.key);
    expect(verifierKey('log.example', KEY_TYPES.cosignature, log.privateKey).id).not.toBe(log.key.id);
  });

  it('are refused with names that cannot stand in a signature line', () => {
    for (const name of ['', 'a b', 'a+b', 'a\nb', 'a\u2003b']) {
      expect(() => verifierKey(name, KEY_TYPES.ed25519, log.privateKey), name).toThrow('name of a key');
    }
    const { publicKey } = generateKeyPairSync('x25519');
    expect(() => verifierKey('a', KEY_TYPES.ed25519, publicKey)).toThrow('not an Ed25519 key');
  });
});

describe('checkpoints', () => {
  it('say origin, size and root, and whose signatures were verified', () => {
    const cosigned = withSignatures(note, [cosignatureOf(note, 1_700_000_000, witness)]);
    const { signatures, cosignatures, ...read } = verifiedCheckpoint(cosigned, [log.key, witness.key]);
    expect(read).toEqual({ ...checkpoint, text: checkpointText(checkpoint) });
    expect(signatures.map(({ key }) => key)).toEqual([log.key]);
    expect(cosignatures).toMatchObject([{ key: witness.key, seconds: 1_700_000_000 }]);
  });

  it('keep each signature once', () => {
    const line = cosignatureOf(note, 1_700_000_000, witness);
    expect(withSignatures(withSignatures(note, [line]), [line, line])).toBe(withSignatures(note, [line]));
  });

  it('do not count with the signature of a witness alone, or of the key of another log', () => {
    const other = signedCheckpoint(checkpoint, signer('other.example'));
    const cosigned = withSignatures(other, [cosignatureOf(other, 1, witness)]);
    for (const keys of [[witness.key], [parseVerifierKey(verifierKeyText(log.key)), witness.key]]) {
      expect(() => verifiedCheckpoint(cosigned, keys)).toThrow('No known key of the log log.example');
    }
  });

  it('do not count with the key of the log as the key of a witness, or with another time', () => {
    const line = cosignatureOf(note, 1_700_000_000, witness);
    const bytes = Buffer.from(line.split(' ')[2] as string, 'base64');
    bytes[11] = (bytes[11] as number) + 1;
    const later = `— w.example ${bytes.toString('base64')}`;
    expect(() => verifiedCheckpoint(withSignatures(note, [later]), [log.key, witness.key])).toThrow('is wrong');
    const plain = { ...witness.key, type: KEY_TYPES.ed25519 };
    expect(() => verifiedCheckpoint(withSignatures(note, [line]), [log.key, plain])).toThrow('is wrong');
  });

  it('of an empty log have the size 0', () => {
    expect(parseCheckpoint(checkpointText({ origin: 'o', size: 0, root: emptyRoot() })).size).toBe(0);
  });

  const root = emptyRoot().toString('base64');
  it.each([
    ['no origin', `\n1\n${root}\n`, 'no origin'],
    ['a leading zero', `o\n01\n${root}\n`, 'no size'],
    ['a size that is no safe integer', `o\n9007199254740993\n${root}\n`, 'no size'],
    ['a negative size', `o\n-1\n${root}\n`, 'no size'],
    ['no root', 'o\n1\n', 'no SHA-256'],
    ['a root that is too short', 'o\n1\nAAAA\n', 'no SHA-256'],
    ['an empty extension line', `o\n1\n${root}\n\nx\n`, 'empty line'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => parseCheckpoint(text)).toThrow(message);
  });

  it('may have extension lines, which are signed too', () => {
    expect(parseCheckpoint(`o\n1\n${root}\nmore\n`)).toEqual({ origin: 'o', size: 1, root: emptyRoot() });
  });

  it('are not made for an origin of two lines', () => {
    expect(() => checkpointText({ ...checkpoint, origin: 'a\nb' })).toThrow('one line');
  });
});
