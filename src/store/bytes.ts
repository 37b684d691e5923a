import { Binary } from 'mongodb';

/** Bytes in a document: as they are written, or as the driver reads them. */
export type StoredBytes = Uint8Array | Binary;

/** Stored bytes, without copying them. */
export function bytesOf(stored: StoredBytes): Buffer {
  const bytes = stored instanceof Binary ? stored.buffer.subarray(0, stored.position) : stored;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
