import { expect, it } from 'vitest';
import { letterOf, levelOfLetter, visibilityOfLetter } from '../../../src/domain/access/kbase.ts';

it('each level has its letter, and an owner that of who administers', () => {
  expect((['none', 'read', 'write', 'admin', 'owner'] as const).map(letterOf)).toEqual(['n', 'r', 'w', 'a', 'a']);
});

it('each letter has its level, and any other text none', () => {
  expect(['n', 'r', 'w', 'a'].map(levelOfLetter)).toEqual(['none', 'read', 'write', 'admin']);
  for (const [letter, shown] of [
    ['x', 'x'],
    ['', ''],
    [undefined, 'null'],
  ] as const) {
    expect(() => levelOfLetter(letter)).toThrow(
      expect.objectContaining({ reason: 'permission_unknown', message: expect.stringContaining(shown) }),
    );
    expect(() => visibilityOfLetter(letter)).toThrow(expect.objectContaining({ reason: 'permission_unknown' }));
  }
});

it('everybody may read or do nothing, and no more', () => {
  expect(visibilityOfLetter('r')).toBe('public');
  expect(visibilityOfLetter('n')).toBe('private');
  for (const letter of ['w', 'a']) {
    expect(() => visibilityOfLetter(letter)).toThrow('Global permissions cannot be greater than read');
  }
});
