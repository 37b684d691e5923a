import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/base/config/load.ts';
import { configErrorOf, temporaryFiles } from './files.ts';

const write = temporaryFiles();
const LONG = 'correct horse battery staple 0123456789';

const withSecret = (content: string | Uint8Array) =>
  loadConfig({ env: { STEWARD_AUTH_JWT_SECRET_FILE: write('secret', content) } });
const withPublicKey = (content: string) =>
  loadConfig({ env: { STEWARD_AUTH_JWT_PUBLIC_KEY_FILE: write('key.pem', content) } });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();

describe('the secret', () => {
  it.each([
    [LONG, LONG],
    [`${LONG}\n`, LONG],
    [`${LONG}\r\n`, LONG],
    [`${LONG}\n\n`, `${LONG}\n`],
    [` ${LONG} `, ` ${LONG} `],
  ])('%j is %j', (content, secret) => {
    const loaded = withSecret(content);
    expect(loaded.secrets).toEqual({ jwtSecret: secret });
    expect(loaded.warnings).toEqual([]);
  });

  it.each([
    ['x', 'the secret has 1 byte and can be guessed: use 32 random bytes or more (openssl rand -base64 32)'],
    ['hunter2\n', 'the secret has 7 bytes and can be guessed'],
    [LONG.slice(0, 31), 'the secret has 31 bytes and can be guessed'],
    ['a'.repeat(64), 'the secret has 64 bytes, but repeats itself and can be guessed'],
    ['password'.repeat(8), 'the secret has 64 bytes, but repeats itself and can be guessed'],
    [`${'0123456789'.repeat(4)}012`, 'the secret has 43 bytes, but repeats itself and can be guessed'],
  ])('%j is refused, without showing it', (content, text) => {
    const { message } = configErrorOf(() => withSecret(content));
    expect(message).toContain(`STEWARD_AUTH_JWT_SECRET_FILE: auth-jwt-secret-file: ${text}`);
    expect(message).not.toContain('hunter2');
  });

  const { publicKey } = generateKeyPairSync('ed25519');
  it.each([
    ['empty', '', 'the file is empty'],
    ['one line break', '\n', 'the file is empty'],
    ['a public key', pem(publicKey), 'name a public key in auth-jwt-public-key-file'],
    ['not text', Uint8Array.of(0xff, 0xfe, 0x00), 'the file is not UTF-8 text'],
  ])('that is %s is refused', (_what, content, text) => {
    expect(configErrorOf(() => withSecret(content)).message).toContain(text);
  });
});

describe('the public key', () => {
  const usable: [string, KeyObject][] = [
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['EC P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey],
  ];
  it.each(usable)('%s is accepted', (_kind, key) => {
    const { jwtPublicKeyPem = '' } = withPublicKey(pem(key)).secrets;
    expect(createPublicKey(jwtPublicKeyPem).equals(key)).toBe(true);
  });

  const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  it.each([
    [
      'short RSA',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey),
      "the file's key is rsa of 1024 bits",
    ],
    [
      'another curve',
      pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey),
      "the file's key is ec secp384r1",
    ],
    ['another kind', pem(generateKeyPairSync('x25519').publicKey), "the file's key is x25519"],
    ['no key', 'hello', 'the file is no public key in PEM: it must be RSA of 2048 bits or more, EC P-256 or Ed25519'],
    ['a private key', privateKey, 'the file holds a private key'],
  ])('%s is refused', (_kind, content, text) => {
    const { message } = configErrorOf(() => withPublicKey(content));
    expect(message).toContain(text);
    expect(message).not.toContain('-----');
  });
});

it('a secret and a public key together are refused', () => {
  const file = write(
    'deploy.cfg',
    `[Workspace]\nauth-jwt-secret-file = ${write('s', LONG)}\nauth-jwt-public-key-file = ${write('k', pem(generateKeyPairSync('ed25519').publicKey))}\n`,
  );
  expect(configErrorOf(() => loadConfig({ file, env: {} })).message).toBe(
    `${file}:3: auth-jwt-public-key-file: auth-jwt-secret-file is set too: tokens have one kind of key, so set only one`,
  );
});

it('published keys beside a key file are refused', () => {
  const file = write(
    'urls.cfg',
    `[Workspace]\nauth-jwks-url = https://x/keys\nauth-jwt-secret-file = ${write('s2', LONG)}\n`,
  );
  expect(configErrorOf(() => loadConfig({ file, env: {} })).message).toBe(
    `${file}:2: auth-jwks-url: auth-jwt-secret-file is set too: tokens have one kind of key, so set only one`,
  );
});
