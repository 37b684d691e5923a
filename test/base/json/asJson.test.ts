import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asJson } from '../../../src/base/json/asJson.ts';

it('a value is as a reader of its JSON text has it', () => {
  fc.assert(
    fc.property(fc.anything({ withDate: true, maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      if (text !== undefined) expect(JSON.stringify(asJson(value))).toBe(text);
    }),
  );
});

it('a key named __proto__ stays a key', () => {
  const value = JSON.parse('{"__proto__":{"isAdmin":true}}');
  expect(JSON.stringify(asJson(value))).toBe('{"__proto__":{"isAdmin":true}}');
});
