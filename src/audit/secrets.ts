import { createHmac, randomBytes } from 'node:crypto';
import type { JsonSchema } from '../base/schemas/validator.ts';
import { collection, type Reader, type Stored } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';

/** The key for the HMAC of secrets in recorded parameters. All instances share it, so that equal secrets are recognised. */
interface AuditKey extends Stored {
  readonly key: string;
}

export const auditKeys = collection<AuditKey>('auditKey', { secrets: ['key'] });

const ID = 'key';

/** Creates the key if there is none. */
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
 * The parameters, with values that the schema marks `x-secret` replaced by `hmac:<hex>`, and stored content, marked
 * `x-content`, replaced by its size and HMAC.
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

/** Equal for equal values. Without the key, guesses of the value cannot be checked. */
const hmacOf = (key: Buffer, value: unknown): string =>
  `hmac:${createHmac('sha256', key)
    .update(JSON.stringify(value) ?? '')
    .digest('hex')}`;

/** The size in bytes of content that a caller sent, which is either JSON text or a value. */
function sizeOf(content: unknown): number {
  // Parsed JSON never has a function as a field.
  const isText = content !== null && typeof content === 'object' && 'toJSON' in content && 'bytes' in content;
  if (isText && typeof content.toJSON === 'function') return lengthOf(content.bytes);
  return Buffer.byteLength(JSON.stringify(content));
}

function lengthOf(bytes: unknown): number {
  const length = bytes !== null && typeof bytes === 'object' && 'length' in bytes ? bytes.length : undefined;
  if (typeof length !== 'number') throw new TypeError('content without a length');
  return length;
}
