import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { leafOf, leafOfReceipt } from '../../../src/audit/log/entry.ts';

const sha256 = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const TEXT = '{"at":"é"}';

it('the leaf of a record of format 2 is the hash of its text, and the hash in its receipt', () => {
  const leaf = sha256(Buffer.of(0), TEXT);
  expect(leafOf(2, TEXT)).toEqual(leaf);
  expect(leafOf(2, Buffer.from(TEXT))).toEqual(leaf);
  expect(leafOfReceipt(2, leaf.toString('hex'))).toEqual(leaf);
});

it('the leaf of a record of format 1 is made of the hash in its receipt', () => {
  const receipt = sha256(TEXT);
  const leaf = sha256(Buffer.of(0), receipt);
  expect(leafOf(1, TEXT)).toEqual(leaf);
  expect(leafOf(1, Buffer.from(TEXT))).toEqual(leaf);
  expect(leafOfReceipt(1, receipt.toString('hex'))).toEqual(leaf);
});
