import { createHmac, randomBytes } from 'node:crypto';
import type { JsonSchema } from '../base/schemas/validator.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** The key that secrets in recorded parameters are hashed with: one for all instances, so that equal secrets show. */
interface AuditKey extends Stored {
  readonly key: string;
}

export const auditKeys = collection<AuditKey>('auditKey', { secrets: ['key'] });

const ID = 'key';

/** Makes the key when there is none yet. */
export async function ensureAuditKey(tx: Transaction): Promise<void> {
  if ((await tx.get(auditKeys, ID)) === null) {
    await tx.insert(auditKeys, { _id: ID, key: randomBytes(32).toString('base64') });
  }
}

export async function auditKey(reader: Reader): Promise<Buffer> {
  const stored = await reader.get(auditKeys, ID);
  if (stored === null) throw new TypeError('the audit key is missing: the database was not prepared');
  return Buffer.from(stored.key, 'base64');
}

/**
 * The parameters with the value of every field that its schema marks `x-secret` replaced by `hmac:<hex>`, whatever
 * type the value has, and of every field marked `x-content`, which a caller stores, by its size and HMAC.
 */
export function withoutSecretParams(key: Buffer, schema: JsonSchema, params: unknown): unknown {
  if (schema['x-secret'] === true) return hmacOf(key, params);
  if (schema['x-content'] === true && params !== undefined) return { bytes: sizeOf(params), hmac: hmacOf(key, params) };
  if (Array.isArray(params)) {
    const items = schema.items;
    return isSchema(items) ? params.map((p) => withoutSecretParams(key, items, p)) : params;
  }
  const properties = schema.properties;
  if (params === null || typeof params !== 'object' || !isSchema(properties)) return params;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, isSchema(inner) ? withoutSecretParams(key, inner, value) : value];
    }),
  );
}

const isSchema = (x: unknown): x is JsonSchema => x !== null && typeof x === 'object' && !Array.isArray(x);

/** Equal for equal values, and of no use to whoever guesses what the value is and has not the key. */
const hmacOf = (key: Buffer, value: unknown): string =>
  `hmac:${createHmac('sha256', key)
    .update(JSON.stringify(value) ?? '')
    .digest('hex')}`;

/** The bytes of what a caller sent as content: it comes as its own text, or as a value. */
function sizeOf(content: unknown): number {
  // No value that came as JSON has a method.
  const isText = content !== null && typeof content === 'object' && 'toJSON' in content && 'bytes' in content;
  if (isText && typeof content.toJSON === 'function') return lengthOf(content.bytes);
  return Buffer.byteLength(JSON.stringify(content));
}

function lengthOf(bytes: unknown): number {
  const length = bytes !== null && typeof bytes === 'object' && 'length' in bytes ? bytes.length : undefined;
  if (typeof length !== 'number') throw new TypeError('content without a length');
  return length;
}
