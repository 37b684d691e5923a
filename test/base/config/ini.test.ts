import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIni } from '../../../src/base/config/ini.ts';

const valuesIn = (text: string, section = 'W') =>
  Object.fromEntries([...(parseIni(text).sections.get(section) ?? [])].map(([key, { value }]) => [key, value]));
const problemsIn = (text: string) => parseIni(text).problems.map(({ line, text: what }) => `${line}: ${what}`);

describe('the parser reads what ini4j reads', () => {
  it.each([
    ['the first = or : separates', 'a = http://x:1/?q=2\nb : c=d\nc=', { a: 'http://x:1/?q=2', b: 'c=d', c: '' }],
    ['; and # inside a value belong to it', 'pwd = ab;cd # ef', { pwd: 'ab;cd # ef' }],
    ['quotes belong to the value', 'a = "b"', { a: '"b"' }],
    ['comments take whole lines, indented or not', '; x = 1\n  # y = 2\na = 1', { a: '1' }],
    ['keys and values are trimmed', ' \t a \t=\t b c \t', { a: 'b c' }],
    ['only ASCII white space is trimmed', 'a = \u00a0x\u2003', { a: '\u00a0x\u2003' }],
    ['escapes', 'a = x\\ty\\\\z\\qw\\u0041\\:\\=', { a: 'x\ty\\zqwA:=' }],
    ['a value is trimmed after its escapes are read', 'a = \\n', { a: '' }],
    ['a backslash joins lines, over blank ones too', 'a = 1\\\n   2\\\n\n  3\nb = 4', { a: '123', b: '4' }],
    ['a comment sign in a continued line belongs to the value', 'a = 1\\\n;2', { a: '1;2' }],
    ['two backslashes at the end join nothing', 'a = b\\\\\nc = d', { a: 'b\\', c: 'd' }],
    ['the last of a repeated key wins', 'a = 1\na = 2', { a: '2' }],
    ['CRLF and CR end lines', 'a = 1\r\nb = 2\rc = 3', { a: '1', b: '2', c: '3' }],
    ['nothing is expanded', 'a = $' + '{HOME} %(x)s', { a: '$' + '{HOME} %(x)s' }],
  ])('%s', (_promise, lines, expected) => {
    expect(problemsIn(`[W]\n${lines}`)).toEqual([]);
    expect(valuesIn(`[W]\n${lines}`)).toEqual(expected);
  });

  it('merges a repeated section', () => {
    const text = '[W]\na = 1\n[X]\na = 9\n[ W ]\nb = 2\n';
    expect(valuesIn(text)).toEqual({ a: '1', b: '2' });
    expect(valuesIn(text, 'X')).toEqual({ a: '9' });
  });

  it('accepts a byte order mark', () => expect(valuesIn('\ufeff[W]\na = 1')).toEqual({ a: '1' }));
});

it('knows the line of each key, and the first line of one that spans several', () => {
  const section = parseIni('# c\n[W]\n\na = 1\\\n\n 2\nb = 3\n').sections.get('W');
  expect(section?.get('a')).toEqual({ value: '12', line: 4 });
  expect(section?.get('b')).toEqual({ value: '3', line: 7 });
});

it('reports a repeated key with both lines, across the parts of its section', () => {
  const { repeats } = parseIni('[W]\na = 1\n[X]\na = 1\n[W]\na = 2\n');
  expect(repeats).toEqual([{ section: 'W', key: 'a', line: 6, earlier: 2 }]);
});

it('reports every broken line by its number, without quoting it', () => {
  const text = [
    'early = secret1',
    '[W]',
    'secret2',
    '= secret3',
    'a = \\u00 secret4',
    'k\\: = secret5',
    '[X] ; secret6',
    'b = 1',
    '[]',
    '[Y\\]',
    '[Z',
    'last = secret7\\',
  ].join('\n');
  const problems = problemsIn(text);
  expect(problems.map((p) => Number.parseInt(p, 10))).toEqual([1, 3, 4, 5, 6, 7, 9, 10, 11, 12]);
  expect(problems.join('\n')).not.toContain('secret');
});

it('treats names with a meaning in JavaScript like any other', () => {
  const { sections } = parseIni('[__proto__]\npolluted = 1\n[W]\n__proto__ = x\nconstructor = y\n');
  expect([...(sections.get('W')?.keys() ?? [])]).toEqual(['__proto__', 'constructor']);
  expect([...sections.keys()]).toEqual(['__proto__', 'W']);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

describe('any text', () => {
  const escaped = (text: string) =>
    [...text].map((c) => (/[^ -~]/.test(c) || c === '\\' ? unicodeEscapes(c) : c)).join('');
  const unicodeEscapes = (char: string) =>
    char
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  const trimmed = (text: string) => text.replace(/^[^!-\u{10ffff}]+|[^!-\u{10ffff}]+$/gu, '');
  const value = fc.string({ unit: 'binary', maxLength: 40 }).map(trimmed);
  const key = value.map((text) => text.replace(/[=:[;#\\]/g, '-')).filter((text) => text !== '');

  it('is read back as it was written, under any key', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, maxLength: 8 }), (entries) => {
        const text = entries.map(([k, v]) => `${escaped(k)} = ${escaped(v)}\n`).join('');
        const { sections, problems, repeats } = parseIni(`[W]\n${text}`);
        expect(problems).toEqual([]);
        expect(repeats).toEqual([]);
        expect([...(sections.get('W') ?? [])].map(([k, e]) => [k, e.value, e.line])).toEqual(
          entries.map(([k, v], i) => [k, v, i + 2]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('is parsed without an exception', () => {
    const piece = fc.constantFrom('[', ']', 'a', '=', ':', '\\', '\n', '\r', ';', '#', ' ', '\\u', '00', 'é', '[W]\n');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split(/\r\n|\r|\n/).length;
        for (const { line } of parseIni(text).problems) expect(line >= 1 && line <= lines).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
