import { createHmac } from 'node:crypto';
import type { Migration } from './migration.ts';

/** An old digest: SHA-256, hexadecimal. */
const UNKEYED = /^[0-9a-f]{64}$/;

/** Stored answers hold a digest of the request, to compare repeated calls. The request may contain a password. */
export const keyedRequestDigests: Migration = {
  name: 'keyed-request-digests',
  summary: 'Keys the digests of calls that had an idempotency key, so that nobody can check guesses of what was sent.',
  run: async ({ db, changeEach }) => {
    const stored = await db.collection<{ _id: string; key: string }>('auditKey').findOne({ _id: 'key' });
    // Without a key no service has started, so there are no answers either.
    if (stored === null) return;
    const key = Buffer.from(stored.key, 'base64');
    const keyed = (request: string) => `hmac:${createHmac('sha256', key).update(request).digest('hex')}`;
    await changeEach(
      { name: 'key digests', collection: 'idempotency', projection: { request: 1 } },
      ({ _id, request }) => {
        if (typeof request !== 'string' || !UNKEYED.test(request)) return [];
        const update = { $set: { request: keyed(request) }, $inc: { revision: 1 } };
        return [{ collection: 'idempotency', operation: { updateOne: { filter: { _id }, update } } }];
      },
    );
  },
};
