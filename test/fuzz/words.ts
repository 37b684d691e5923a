import fc from 'fast-check';
import { hostileText } from './hostile.ts';

/** Texts that name something in a `peopledHouse`, or have the form of names. */
const WORDS: readonly string[] = [
  ...['ann', 'bea', 'boss', 'cec', 'dan', 'stan', 'reader', 'limited', 'nobody', 'id:ann', 'id:gus', 'role:curators'],
  ...[
    'curators',
    'spare',
    'one',
    'two',
    'ann:data',
    'beaplain',
    'bea:gone',
    'ann:new',
    '1',
    '2',
    '3',
    'n',
    'r',
    'w',
    'a',
  ],
  ...['Owned', 'Wanted', 'Unwanted', 'Owned.Thing', 'Owned.Thing-1.0', 'Owned.Thing-1', '1/1', '1/2', '1/3', '1/1/1'],
  ...['1/kept', 'ann:data/kept', '1/1;1/3', 'kept', 'gone', 'veiled', 'workbooks', 'folders', 'manifest', 'plate'],
  ...['/@Catalog/shared/book', '/@Catalog/shared/draft', '/@Catalog/shared', 'book', 'b1', 'block', 'B1', 'workspace'],
  ...[
    'https://iiif.example.org',
    'https://iiif.example.org/b1/manifest',
    '1'.repeat(24),
    '2'.repeat(24),
    '3'.repeat(24),
  ],
  ...['a'.repeat(24), 'd'.repeat(24), `${'0'.repeat(23)}1-0`, '0'.repeat(64), 'a password', 'a reason', 'listAdmins'],
  ...[
    '2026-01-01T00:00:00Z',
    '2020-01-01T00:00:00+0000',
    'success',
    'command',
    'title',
    'electrophysiology',
    'eve@example.org',
  ],
];

/** Mostly known words, with some hostile texts among them. */
export const words: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: hostileText },
);
