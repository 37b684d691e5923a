import { describe, expect, it } from 'vitest';
import { javaDouble, rangeProblem } from '../../../src/domain/objects/range.ts';

describe('a number that is shown as Java shows a double', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [100, '100.0'],
    [9_999_999, '9999999.0'],
    [1e7, '1.0E7'],
    [-1e10, '-1.0E10'],
    [1.5, '1.5'],
    [0.001, '0.001'],
    [0.0009, '9.0E-4'],
    [1e-7, '1.0E-7'],
    [1e22, '1.0E22'],
    [123_456_789.123, '1.23456789123E8'],
    [9_007_199_254_740_992, '9.007199254740992E15'],
  ])('%d', (value, text) => {
    expect(javaDouble(value)).toBe(text);
  });
});

describe('the range of a number', () => {
  it.each([
    ['int', { min: '1' }, '0', 'given (0.0) was less than minimum value accepted (1, inclusive)'],
    ['int', { max: '5', maxExclusive: true }, '5', 'given (5.0) was more than maximum value accepted (5, exclusive)'],
    ['int', { min: '1.5', minExclusive: true }, '1', 'given (1.0) was less than minimum value accepted (2, inclusive)'],
    ['int', { max: '5.5' }, '6', 'given (6.0) was more than maximum value accepted (5, inclusive)'],
    [
      'int',
      { max: '5' },
      '12345678901234567890',
      'given (12345678901234567890) was more than maximum value accepted (5, inclusive)',
    ],
    ['float', { max: '1.5' }, '2', 'given (2.0) was more than maximum value accepted (1.5, inclusive)'],
    [
      'float',
      { min: '0', minExclusive: true },
      '0',
      'given (0.0) was less than minimum value accepted (0.0, exclusive)',
    ],
    ['float', { min: '10000000' }, '1e3', 'given (1000.0) was less than minimum value accepted (1.0E7, inclusive)'],
  ] as const)('of an %s, %j, is not met by %s', (kind, range, text, problem) => {
    expect(rangeProblem({ kind, range }, text)).toBe(`Number value ${problem}`);
  });

  it.each([
    ['int', { min: '1', max: '5' }, '5'],
    ['int', { min: '1.5', minExclusive: true }, '2'],
    ['float', { min: '0', minExclusive: true }, '1e-300'],
  ] as const)('of an %s, %j, is met by %s', (kind, range, text) => {
    expect(rangeProblem({ kind, range }, text)).toBeUndefined();
  });
});
