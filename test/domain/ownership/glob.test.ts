import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matches } from '../../../src/domain/ownership/glob.ts';
import { LONG } from '../../support/long.ts';

it.each([
  ['plate*', 'plate 1', true],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['a*b*c', 'a--b--c', true],
  ['a*b*c', 'a--c--b', false],
  ['*ab', 'aab', true],
  ['*ab', 'ab', true],
  ['a*b', 'ab', true],
  ['.+', 'aa', false],
  ['a.c', 'abc', false],
  ['(a+)+$', '(a+)+$', true],
])('%s on %s is %s', (pattern, text, expected) => expect(matches(pattern, text)).toBe(expected));

it('agrees with the regular expression of the same meaning', () => {
  const texts = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  fc.assert(
    fc.property(texts, texts, (pattern, text) => {
      const escaped = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      expect(matches(pattern, text)).toBe(new RegExp(`^${escaped}$`, 's').test(text));
    }),
    { numRuns: LONG ? 2_000 : 300 },
  );
});

it('is fast for a pathological pattern', () => {
  expect(matches(`${'a*'.repeat(150)}b`, 'a'.repeat(255))).toBe(false);
});
