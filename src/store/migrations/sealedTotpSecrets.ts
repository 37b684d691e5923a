import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Migration } from './migration.ts';

/** Encrypts the secrets of authenticator apps, which were stored as they are. */
export const sealedTotpSecrets: Migration = {
  name: 'sealed-totp-secrets',
  summary: 'Encrypts the secrets of authenticator apps with a key of the service.',
  run: async ({ db, changeEach }) => {
    const stored = await db.collection<{ _id: string; key: string }>('auditKey').findOne({ _id: 'key' });
    // Without a key no service has started, so there are no secrets either.
    if (stored === null) return;
    const key = Buffer.from(stored.key, 'base64');
    await changeEach({ name: 'secrets of apps', collection: 'totp' }, ({ _id, secret, pending }) => {
      const purpose = `totp ${_id}`;
      const set = {
        ...(secret === undefined ? {} : { secret: sealed(key, purpose, secret) }),
        ...(pending === undefined ? {} : { 'pending.secret': sealed(key, purpose, pending.secret) }),
      };
      if (Object.keys(set).length === 0) return [];
      const update = { $set: set, $inc: { revision: 1 } };
      return [{ collection: 'totp', operation: { updateOne: { filter: { _id }, update } } }];
    });
  },
};

function sealed(key: Buffer, purpose: string, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(hkdfSync('sha256', key, '', purpose, 32)), iv);
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}
