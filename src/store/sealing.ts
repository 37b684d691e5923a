import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts texts that the service must be able to read again, each for one purpose. */
export interface Sealer {
  /** @param purpose says what the text is; it can be read again only for the same purpose */
  seal(purpose: string, text: string): string;
  /** @throws an Error if the text was sealed for another purpose, or changed */
  unseal(purpose: string, sealed: string): string;
}

/** A sealer with keys that are derived from this one. Sealed texts are base64 of the nonce, what is encrypted, and the tag. */
export function sealerWith(key: Buffer): Sealer {
  const keyFor = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
  return {
    seal: (purpose, text) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, keyFor(purpose), iv);
      const bytes = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(bytes).toString('base64');
    },
    unseal: (purpose, sealed) => {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv(CIPHER, keyFor(purpose), bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString();
    },
  };
}
