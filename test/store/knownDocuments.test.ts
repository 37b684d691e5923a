import { expect, it } from 'vitest';
import { KnownDocuments } from '../../src/store/knownDocuments.ts';

const [one, two] = [1, 2].map((revision) => ({ _id: 'a', revision }));
if (one === undefined || two === undefined) throw new Error('there are two');

it('what was read need not be read again, also that nothing was there', () => {
  const known = new KnownDocuments();
  expect(known.get('a')).toBeUndefined();
  known.read('a', one);
  known.read('b', null);
  expect([known.get('a'), known.get('b'), known.get('c')]).toEqual([one, null, undefined]);
  expect([known.isUnsure('a'), known.isUnsure('c')]).toEqual([false, false]);
});

it('what was written is known, and not what another part of the document is', () => {
  const known = new KnownDocuments();
  known.read('a', one);
  known.write('a', two);
  expect([known.get('a'), known.isUnsure('a')]).toEqual([two, false]);
  known.write('a', null);
  expect([known.get('a'), known.isUnsure('a')]).toEqual([null, false]);
  known.write('a', undefined);
  expect([known.get('a'), known.isUnsure('a')]).toEqual([undefined, true]);
  known.read('a', two);
  expect([known.get('a'), known.isUnsure('a')]).toEqual([two, false]);
});

it('units side by side share what they read, and not what they write', () => {
  const first = new KnownDocuments();
  const second = new KnownDocuments(first);
  second.read('a', one);
  expect(first.get('a')).toBe(one);
  first.write('a', two);
  first.write('b', one);
  expect([second.get('a'), second.get('b')]).toEqual([one, undefined]);
  // What a unit reads again after it wrote it has its own writes.
  first.write('c', undefined);
  first.read('c', two);
  expect([first.get('c'), second.get('c')]).toEqual([two, undefined]);
});
