import { expect, it } from 'vitest';
import { Remembered } from '../../src/identity/remembered.ts';

const at = (ms: number) => new Date(ms);

it('an answer is believed from the instant it was learned, until its end', () => {
  const remembered = new Remembered<string>(2);
  remembered.set('k', 'v', { from: at(1_000), until: at(2_000) });
  expect([999, 1_000, 1_999, 2_000].map((ms) => remembered.get('k', at(ms)))).toEqual([undefined, 'v', 'v', undefined]);
  expect(remembered.get('other', at(1_500))).toBeUndefined();
  remembered.forget('k');
  expect(remembered.get('k', at(1_500))).toBeUndefined();
});

it('of more answers than there is room for the one used longest ago is forgotten', () => {
  const remembered = new Remembered<string>(2);
  for (const key of ['a', 'b']) remembered.set(key, key, { from: at(0), until: at(10) });
  remembered.get('a', at(1));
  remembered.set('c', 'c', { from: at(0), until: at(10) });
  expect(['a', 'b', 'c'].map((key) => remembered.get(key, at(1)))).toEqual(['a', undefined, 'c']);
});
