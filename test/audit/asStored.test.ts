import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asStored } from '../../src/audit/asStored.ts';
import { asRead } from '../../src/store/asRead.ts';

/** Texts with half characters, and keys that have a meaning in JavaScript. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud800', 'a\udc00b', '__proto__', '$set', 'a.b'));
const values = fc.anything({
  key: text.filter((key) => !key.includes('\0')),
  values: [
    ...[text, fc.double(), fc.maxSafeInteger(), fc.boolean(), fc.constantFrom(null, undefined, -0, 2 ** 60)],
    fc.date({ noInvalidDate: true }),
  ],
  maxDepth: 4,
});

describe('the form of a value in an audit record', () => {
  it('is what the database returns, so that hashes made before storing stay valid', () => {
    fc.assert(
      fc.property(values, (value) => {
        const stored = asStored({ value });
        expect(JSON.stringify(asRead(stored))).toBe(JSON.stringify(stored));
      }),
      { numRuns: 500 },
    );
  });
});
