import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/domain/modules/kidl/compatibility.ts';
import { nextVersion } from '../../../src/domain/modules/nextVersion.ts';
import { parsed } from './spec.ts';

const change = (before: string, after: string) => {
  const [old, fresh] = [before, after].map((text) => parsed(text).typedefs.get('T'));
  return old === undefined || fresh === undefined ? expect.fail('no type T') : changeOf(old, fresh);
};
const fields = (text: string, comment = '') => `${comment} typedef structure { ${text} } T;`;

describe("KBase's rule of compatibility", () => {
  it.each([
    ['the same', fields('int a;'), fields('int a;'), 'same'],
    ['another comment', fields('int a;'), fields('int a;', '/* new */'), 'same'],
    ['fields in another order', fields('int a; int b;'), fields('int b; int a;'), 'same'],
    ['a new optional field', fields('int a;'), fields('int a; int b;', '/* @optional b */'), 'compatible'],
    ['a new field that must be there', fields('int a;'), fields('int a; int b;'), 'incompatible'],
    ['a field gone', fields('int a; int b;'), fields('int a;'), 'incompatible'],
    ['a field made optional', fields('int a;'), fields('int a;', '/* @optional a */'), 'incompatible'],
    ['a field made required', fields('int a;', '/* @optional a */'), fields('int a;'), 'incompatible'],
    ['another scalar', fields('int a;'), fields('float a;'), 'incompatible'],
    ['another kind', fields('list<int> a;'), fields('int a;'), 'incompatible'],
    ['other items', fields('list<int> a;'), fields('list<string> a;'), 'incompatible'],
    ['other values', fields('mapping<string, int> a;'), fields('mapping<string, float> a;'), 'incompatible'],
    ['a longer tuple', fields('tuple<int> a;'), fields('tuple<int, int> a;'), 'incompatible'],
    ['other names in a tuple', fields('tuple<int x> a;'), fields('tuple<int y> a;'), 'same'],
    ['a name for what had none', fields('int a;'), `typedef int I; ${fields('I a;')}`, 'incompatible'],
    ['other ids', '/* @id ws A.B */ typedef string T;', '/* @id ws A.C */ typedef string T;', 'incompatible'],
    ['another subset to search', fields('int a;'), fields('int a;', '/* @searchable ws_subset a */'), 'incompatible'],
    [
      'an optional field further in',
      `typedef structure { int x; } I; ${fields('list<I> a;')}`,
      `/* @optional y */ typedef structure { int x; int y; } I; ${fields('list<I> a;')}`,
      'compatible',
    ],
  ])('decides right about %s', (_, before, after, expected) => {
    expect(change(before, after)).toBe(expected);
  });

  it.each([
    [undefined, 'incompatible', '0.1'],
    ['0.1', 'compatible', '0.2'],
    ['0.9', 'incompatible', '0.10'],
    ['1.0', 'compatible', '1.1'],
    ['1.9', 'same', '1.10'],
    ['1.4', 'incompatible', '2.0'],
  ] as const)('makes of %s, %s, the version %s', (version, kind, expected) => {
    const before = version === undefined ? undefined : { name: 'T', version, supported: true };
    expect(nextVersion(before, kind)).toBe(expected);
  });

  it('compares a pair of definitions once', () => {
    const uses = (from: number) => `typedef structure { T${from} a; T${from} b; } T${from + 1};`;
    const text = `typedef structure { int a; } T0; ${[...Array(8).keys()].map(uses).join('')} ${fields('T8 a;')}`;
    expect(change(text, text)).toBe('same');
  });
});
