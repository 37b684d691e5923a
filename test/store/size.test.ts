import { BSON } from 'mongodb';
import { expect, it } from 'vitest';
import { bsonSize } from '../../src/store/size.ts';

it.each([
  ...['', 'text', 'ünï', '𝄞', 'half a character: \ud834', 'x'.repeat(5_000)],
  ...[null, 1, 2.5, true, new Date(), [], ['a', { b: 'c' }], {}, { text: 'ü', left: undefined }],
])('the size of %j is what it takes in a document', (value) => {
  const [whole, empty] = [{ field: value }, { field: null }].map(
    (document) => BSON.serialize(document, { ignoreUndefined: true }).length,
  );
  expect(bsonSize(value)).toBe((whole ?? 0) - (empty ?? 0));
});
