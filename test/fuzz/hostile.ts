import fc from 'fast-check';
import { Verbatim } from './verbatim.ts';

/** Values that are likely to be mistaken for something else, or too large, or no value at all. */

const NUMBERS = [
  '1e400',
  '-1e400',
  '-0',
  '0.1',
  '1e-400',
  '9007199254740993',
  '-9223372036854775809',
  '4294967296',
].concat(['2147483648', '1E+2', '1.0', '-1', '0', '99999999999999999999', '1'.repeat(400)]);

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  'then',
  '_id',
  'a.b',
].concat(['$set', '$where', '$ne', '', '0', '-1', ' ', 'revision', '_bsontype']);

const TEXTS = NAMES.concat([
  '$$ROOT',
  'NaN',
  'Infinity',
  'undefined',
  'null',
  'true',
  '[]',
  '{}',
  '[object Object]',
]).concat(
  [
    '\0',
    'a\0b',
    '\ufeff',
    '\u202e',
    '\ud83d\ude00',
    '\uffff',
    '\u2028',
    '\n',
    '\r\n',
    '\t',
    'é',
    'e\u0301',
    'ﬃ',
    'İ',
    '世界',
  ],
  [
    '../../etc/passwd',
    '%00',
    '%2e%2e',
    '/',
    '//',
    '~',
    '*',
    '?',
    '(',
    '[',
    '\\',
    '"',
    "'",
    '`',
    ':',
    ';',
    '|',
    '&',
    '<script>',
  ],
  [
    'role:',
    'id:',
    'role:*',
    '*~00000000',
    'ann~',
    'ann ',
    ' ann',
    'ANN',
    'ann\n',
    'ws:1',
    '1/',
    '/1',
    '1//1',
    '1/1/1/1',
    '0/0/0',
  ],
  [
    '1;2;3',
    '-1/-1',
    '9007199254740993/1',
    '1/1e1',
    '01/01',
    '1/1/0',
    'Owned.Thing-',
    'Owned.Thing-1.0.0',
    '.',
    '..',
    'A.B-x',
  ],
  [
    '2026-02-30T00:00:00Z',
    '0000-00-00T00:00:00Z',
    '9999-12-31T23:59:60Z',
    '2026-01-01',
    '+275760-09-13T00:00:00.001Z',
    '0',
  ],
  [
    'urn:x',
    'http://',
    'https://iiif.example.org',
    'javascript:alert(1)',
    'hmac:0',
    '{"$ne":null}',
    'data:,',
    'mailto:',
  ],
);

const LONG = [
  'x'.repeat(300),
  'x'.repeat(5_000),
  '世'.repeat(4_000),
  '\ud83d\ude00'.repeat(600),
  ' '.repeat(2_000),
].concat(['a/'.repeat(2_000), '('.repeat(1_000), `${'a'.repeat(200)}!`]);

const operators: readonly unknown[] = [
  ...[
    { $ne: null },
    { $gt: '' },
    { $where: '1' },
    { $expr: true },
    { $in: ['boss'] },
    { $regex: '.*' },
    [{ $ne: null }],
  ],
  ...[{ _bsontype: 'ObjectId', id: 'x' }, { _bsontype: 'Long' }, { _bsontype: 'Code', code: '1' }, { $oid: '0' }],
  ...[
    { toString: 'x' },
    { toJSON: 'x' },
    { length: 4 },
    new Verbatim('{"then":"x"}'),
    { valueOf: null },
    { constructor: { name: 'x' } },
  ],
];

const nested = fc
  .tuple(fc.constantFrom(2, 40, 200, 1_100), fc.constantFrom('[', '{"a":'), fc.constantFrom('', '1', 'null'))
  .map(([depth, open, inner]) => {
    const [leaf, close] = open === '[' ? [inner, ']'] : [inner || 'null', '}'];
    return new Verbatim(open.repeat(depth) + leaf + close.repeat(depth));
  });

const wide = fc.constantFrom(new Verbatim(`[${'0,'.repeat(3_000)}0]`), new Verbatim(`{${keys(2_000)}}`));

function keys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',');
}

const broken = fc.constantFrom(
  ...['"\\ud800"', '"\\udc00x"', '{"a":1,"a":2}', '{"__proto__":{"x":1}}', '{"constructor":{"prototype":{"x":1}}}'],
  ...['NaN', 'Infinity', 'undefined', '01', '1.', '.5', "'a'", '"\u0001"', '1,2', '', '"\\x41"', '[1,]', 'tru'],
);

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
);

export const hostileName: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...NAMES), hostileText);

const hostileNumber: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...NUMBERS).map((text) => new Verbatim(text)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Any of them, as a JSON value or a {@link Verbatim}. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: hostileText },
  { weight: 5, arbitrary: hostileNumber },
  { weight: 3, arbitrary: fc.constantFrom(null, true, false, [], {}, [null], [[]], [{}], { '': null }) },
  { weight: 3, arbitrary: fc.constantFrom(...operators) },
  { weight: 2, arbitrary: fc.dictionary(hostileName, fc.oneof(hostileText, hostileNumber), { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 4 }) },
  { weight: 1, arbitrary: nested },
  { weight: 1, arbitrary: wide },
  { weight: 1, arbitrary: broken.map((text) => new Verbatim(text)) },
);
