import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../../src/domain/modules/kidl/parse.ts';
import { parsed, spec } from './spec.ts';

const problem = (text: string) => {
  try {
    parseSpec(text, new Map());
  } catch (error) {
    return (error as Error).message;
  }
  return expect.fail('it was read');
};

describe('the grammar of type specifications', () => {
  it('reads every kind of type', () => {
    const { typedefs } = parsed(`
      typedef int I; typedef float F; typedef string S; typedef UnspecifiedObject U; typedef list<I> L;
      typedef mapping<string key, list<F> value> M; typedef tuple<int, S name> T;
      typedef structure { I i; mapping<S, structure { int x; }> nested; Mod.T t; } R;
    `);
    expect([...typedefs.values()].map(({ name, type }) => [name, type.kind])).toEqual([
      ['I', 'int'],
      ['F', 'float'],
      ['S', 'string'],
      ['U', 'object'],
      ['L', 'list'],
      ['M', 'mapping'],
      ['T', 'tuple'],
      ['R', 'structure'],
    ]);
  });

  it('reads functions, with the default authentication where they declare none', () => {
    const { funcdefs } = parsed(`
      authentication required; funcdef first(int a, string) returns (list<int> found);
      async funcdef second() returns () authentication none; authentication optional; funcdef third() returns ();
    `);
    expect([...funcdefs.values()].map(({ name, async, authentication }) => [name, async, authentication])).toEqual([
      ['first', false, 'required'],
      ['second', true, 'none'],
      ['third', false, 'optional'],
    ]);
  });

  it('keeps a comment only with the definition that follows it', () => {
    const { typedefs, funcdefs } = parsed(`
      /* left behind */ /* of A
           second line
             further in */ typedef int A; typedef /* inside */ int B;
      /* of f */ funcdef f() returns (); typedef int C;
    `);
    expect([...typedefs.values()].map(({ comment }) => comment)).toEqual(['of A\nsecond line\n  further in', '', '']);
    expect(funcdefs.get('f')?.comment).toBe('of f');
  });

  it.each([
    ['nothing', '', 'Spec-file should consist of only one service'],
    ['two modules', 'module A {}; module B {};', 'Spec-file should consist of only one service'],
    ['two modules of a service', 'module S: A {}; module S: B {};', 'Spec-file should consist of only one module'],
    ['a long name', spec(`typedef int ${'n'.repeat(256)};`), 'Type name size is > 255 bytes'],
  ])('refuses %s in words of KBase, which give no position', (_, text, said) => {
    expect(problem(text)).toBe(said);
  });

  it('accepts keywords as names, also of fields', () => {
    const { typedefs } = parsed(
      'typedef structure { int constructor; int required; int toString; int a$-b; } hasOwnProperty;',
    );
    expect(typedefs.has('hasOwnProperty')).toBe(true);
    expect(typedefs.has('valueOf')).toBe(false);
  });

  it.each([
    ['an end too early', 'module A {\n typedef ', 2, 9, 'found the end of the specification where one of "string"'],
    [
      'a keyword as the name of a field',
      spec('typedef structure { list<int> list; } T;'),
      1,
      44,
      'found "list" where a name was expected',
    ],
    ['a missing semicolon', spec('typedef int T'), 1, 28, 'found "}" where ";" was expected'],
    [
      'a name that JavaScript would give away',
      spec('typedef structure { int __proto__; } T;'),
      1,
      38,
      '"_" cannot stand here',
    ],
    ['a type that is not there', spec('typedef list<Other> T;'), 1, 27, 'Can not find type: Other'],
    ['a module that is not included', spec('typedef list<Other.T> T;'), 1, 27, 'Can not find module: Other'],
    ['a type of itself', spec('typedef structure { list<T> children; } T;'), 1, 39, 'Can not find type: T'],
    [
      'types of each other',
      spec('typedef structure { B b; } A; typedef structure { A a; } B;'),
      1,
      34,
      'Can not find type: B',
    ],
    [
      'an include that does not stand first',
      '/* comment */\n#include <dir/Other.spec>\nmodule Mod {};',
      2,
      1,
      'Can not find included module [Other] from line: #include <dir/Other.spec>',
    ],
    [
      'an include of a module that was not looked up',
      '#include <One>\nmodule Mod {};',
      1,
      1,
      'Can not find included module [One] from line: #include <One>',
    ],
    ['a field twice', spec('typedef structure { int a; int a; } T;'), 1, 45, 'Name duplication for field [a]'],
    ['a comment without an end', 'module A { /* x };', 1, 12, 'the comment has no end'],
    ['a name that KBase refuses', spec('typedef int a$b;'), 1, 26, 'Illegal character in Type name a$b: $'],
    [
      'an optional field that is not there',
      spec('/* @optional b */ typedef structure { int a; } T;'),
      1,
      61,
      'Can not find field(s) from optional annotation in structure: [b]',
    ],
    ['an id of nothing', spec('/* @id */ typedef string T;'), 1, 39, 'Id annotations without type are not supported'],
    [
      'metadata of nothing',
      spec('/* @metadata ws b as c */ typedef structure { int a; } T;'),
      1,
      69,
      "could not identify field named:'b'",
    ],
    [
      'metadata of a list',
      spec('/* @metadata ws a */ typedef structure { list<int> a; } T;'),
      1,
      70,
      'you must use: length(a)',
    ],
    [
      'the length of a number',
      spec('/* @metadata ws length(a) */ typedef structure { int a; } T;'),
      1,
      72,
      'you cannot use: length(a)',
    ],
    [
      'metadata twice',
      spec('/* @metadata ws a as n\n@metadata ws b as n */ typedef structure { int a; int b; } T;'),
      2,
      60,
      "attempted to redefine 'n'",
    ],
    [
      'a range of nothing',
      spec('/* @range */ typedef int T;'),
      1,
      39,
      'range annotation without specifying a range is invalid',
    ],
    ['a range upside down', spec('/* @range [2,1] */ typedef int T;'), 1, 45, 'min value was greater than max value'],
    ['a range of words', spec('/* @range a */ typedef int T;'), 1, 41, 'invalid minimum value: a'],
  ])('refuses %s, and says where', (_, text, line, column, said) => {
    const message = problem(text);
    expect(message).toMatch(new RegExp(`^Error at line ${line}, column ${column}: `));
    expect(message).toContain(said);
  });

  const doubling = Array.from({ length: 99 }, (_, i) => `typedef structure { T${i} a; T${i} b; } T${i + 1};`).join('');
  it.each([
    ['too large', '/*'.padEnd(600_000), 'larger than 500000 bytes'],
    ['too deep', spec(`typedef ${'list<'.repeat(90_000)}int`), 'more than 50 levels deep'],
    [
      'too deep in the sum of its names',
      spec(
        Array.from({ length: 99 }, (_, i) => `typedef list<T${i}> T${i + 1};`).reduce(
          (all, one) => all + one,
          'typedef int T0;',
        ),
      ),
      'more than 50 levels deep',
    ],
    ['doubled with every definition', spec(`typedef int T0;${doubling}`), 'more than 2000 parts'],
    [
      'too wide',
      spec(`typedef structure { ${Array.from({ length: 40_000 }, (_, i) => `int a${i};`).join('')} } T;`),
      'more than 2000 parts',
    ],
    [
      'one long name in many places',
      spec(`typedef structure { int ${'a'.repeat(100_000)}; } A; typedef tuple<A, A, A> B;`),
      '200000 bytes',
    ],
    [
      'one long list of allowed types in many places',
      spec(`/* @id ws ${'M.T '.repeat(1_500)} */ typedef string R; typedef tuple<R, R> B;`),
      'more than 2000 parts',
    ],
    [
      'made of many definitions',
      spec(Array.from({ length: 2_000 }, (_, i) => `funcdef f${i}() returns ();`).join('')),
      'more than 1000 definitions',
    ],
    ['made of beginnings of includes', '#include <'.repeat(45_000), 'cannot stand here'],
    ['made of beginnings of comments', '/* '.repeat(160_000), 'the comment has no end'],
    ['made of one word', 'a'.repeat(490_000), 'was expected'],
    ['made of characters that begin nothing', '@'.repeat(490_000), '"@" cannot stand here'],
  ])('quickly refuses what is %s', (_, text, said) => {
    expect(problem(text)).toContain(said);
  });
});
