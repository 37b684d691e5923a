import { describe, expect, it } from 'vitest';
import { authoriseByDefault, mayCallMethods, mayRun, writes } from '../../../src/gate/policy/defaultPolicy.ts';
import { UNKNOWN } from '../../../src/gate/policy/policy.ts';
import type { Principal } from '../../../src/identity/principal.ts';
import { BOOTSTRAP_RANK, NO_RANK, type Rank } from '../../../src/identity/rank.ts';
import type { DeclaredCommand } from '../../../src/operations/declared.ts';
import { acting } from '../../support/acting.ts';

const person = (_id: string): Principal => ({
  ...{ _id, revision: 1, username: _id, kind: 'person', state: 'active', living: true, createdAt: new Date(0) },
});
const [boss, ann, bea, portal] = ['boss', 'ann', 'bea', 'portal'].map(person) as [
  Principal,
  Principal,
  Principal,
  Principal,
];
const made = (more: Partial<DeclaredCommand>): DeclaredCommand => ({
  ...{ ...acting, name: 'x', effect: 'write', user: 'ignored' },
  ...more,
});
const full: Rank = { role: 'full', source: 'roster' };
const reader: Rank = { ...full, role: 'readOnly' };

describe('before the parameters of a write are read', () => {
  it.each<[string, boolean, Rank, Partial<DeclaredCommand>]>([
    ['a full administrator', true, full, {}],
    ['a read-only administrator', false, reader, {}],
    ['somebody without a right', false, NO_RANK, {}],
    ['the holder of the secret key', false, BOOTSTRAP_RANK, {}],
    ['the holder of the secret key for a command that the key is for', true, BOOTSTRAP_RANK, { bootstrap: true }],
    ['a read-only administrator for a command that the key is for', false, reader, { bootstrap: true }],
    ['a read-only administrator for a command about themself', true, reader, { open: true }],
    ['the holder of the secret key for a command about themself', false, BOOTSTRAP_RANK, { open: true }],
  ])('%s is let through: %s', (_, allowed, rank, more) => {
    expect(writes(rank, made(more))).toBe(allowed);
    expect(writes(rank, made({ ...more, effect: 'read' }))).toBe(true);
  });
});

describe('whether somebody may run a command', () => {
  const limited = (more: Partial<Rank>): Rank => ({ ...full, ...more });
  it.each<[string, string, boolean, Rank, Partial<DeclaredCommand>]>([
    ['a full administrator', 'a write', true, full, {}],
    ['a full administrator', 'a write of one system', true, full, { scope: 'iiif' }],
    ['a full administrator', 'a command for the secret key', true, full, { bootstrap: true }],
    ['a read-only administrator', 'a write', false, reader, {}],
    ['a read-only administrator', 'a read', true, reader, { effect: 'read' }],
    ['a read-only administrator', 'an open write', true, reader, { open: true }],
    ['somebody without a right', 'an open write', false, NO_RANK, { open: true }],
    ['the holder of the secret key', 'an open write', false, BOOTSTRAP_RANK, { open: true }],
    ['somebody without a right', 'a read', false, NO_RANK, { effect: 'read' }],
    ['somebody without a right', 'an open read', false, NO_RANK, { effect: 'read', open: true }],
    ['the holder of the secret key', 'a command for the key', true, BOOTSTRAP_RANK, { bootstrap: true }],
    ['the holder of the secret key', 'a read', false, BOOTSTRAP_RANK, { effect: 'read' }],
    ['the holder of the secret key', 'an open read', false, BOOTSTRAP_RANK, { effect: 'read', open: true }],
    ['one with every limit', 'an open command', true, limited({ commands: [], as: [], scope: 'iiif' }), { open: true }],
    ['an administrator of IIIF', 'a command of IIIF', true, limited({ scope: 'iiif' }), { scope: 'iiif' }],
    ['an administrator of IIIF', 'another command', false, limited({ scope: 'iiif' }), {}],
    ['one limited to commands', 'one of these', true, limited({ commands: ['y', 'x'] }), {}],
    ['one limited to commands', 'another', false, limited({ commands: ['y'] }), {}],
    ['one limited to no command', 'a write', false, limited({ commands: [] }), {}],
    ['one limited to users', 'a command named for them', true, limited({ commands: ['x'], as: ['ann'] }), {}],
    ['one limited to users', 'a command as an administrator', false, limited({ as: ['ann'] }), {}],
    ['one limited to users', 'a command about a user', false, limited({ as: ['ann'] }), { user: 'target' }],
    ['one limited to users', 'a command as a user', true, limited({ as: ['ann'] }), { user: 'subject' }],
    ['one limited to users', 'one that may be so', true, limited({ as: ['ann'] }), { user: 'optionalSubject' }],
    ['one through a service', 'what both may', true, limited({ through: full }), {}],
    [
      'one through a service',
      'what the service may not',
      false,
      limited({ through: limited({ commands: ['y'] }) }),
      {},
    ],
    ['one through a service', 'what the person may not', false, limited({ commands: ['y'], through: full }), {}],
  ])('%s, %s: %s', (_who, _what, allowed, rank, more) => {
    expect(mayRun(rank, made(more))).toBe(allowed);
  });
});

describe('the policy', () => {
  const alone = (rank: Rank, more: Partial<DeclaredCommand>, subject?: Principal) =>
    authoriseByDefault(rank, boss, { command: made(more), subject });
  const message = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was let through');
  };

  it('says by which rule it lets a call through', () => {
    expect(alone(full, {})).toBe('default:full');
    expect(alone(reader, { effect: 'read' })).toBe('default:readOnly');
    expect(alone({ ...full, commands: ['x'] }, {})).toBe('default:full:limited');
    expect(alone({ ...full, as: ['ann'] }, { user: 'subject' }, ann)).toBe('default:full:limited');
  });

  it('refuses a command beyond the limits', () => {
    expect(message(() => alone({ ...full, commands: ['y'] }, {}))).toBe(
      'The administrator boss is limited to certain commands and may not run x',
    );
  });

  it.each(['subject', 'optionalSubject'] as const)('refuses a subject beyond the limits: %s', (user) => {
    const limited: Rank = { ...full, as: ['ann'] };
    expect(alone(limited, { user }, ann)).toBe('default:full:limited');
    expect(message(() => alone(limited, { user }, bea))).toBe('The administrator boss may not run x as bea');
    expect(message(() => alone({ ...limited, commands: ['x'] }, { user }, bea))).toBe(
      'The administrator boss may not run x as bea',
    );
    // Without a subject it would run with all rights.
    expect(message(() => alone(limited, { user }))).toBe(
      'The administrator boss may not run x as an administrator with all rights',
    );
    expect(alone(full, { user }, bea)).toBe('default:full');
    expect(alone(full, { user })).toBe('default:full');
  });

  it.each(['ignored', 'target'] as const)('asks for no subject of a command without one: %s', (user) => {
    expect(alone({ ...full, commands: ['x'], as: ['ann'] }, { user })).toBe('default:full:limited');
  });

  it('asks for no subject where a service acts for the person in its token, or the subject is not known yet', () => {
    const limited: Rank = { ...full, as: [] };
    const command = made({ user: 'subject' });
    expect(authoriseByDefault(limited, portal, { command, subject: boss, isCleared: true })).toMatch(/^default:full/);
    expect(authoriseByDefault(limited, portal, { command, subject: UNKNOWN })).toBe('default:full:limited');
    expect(message(() => authoriseByDefault(limited, portal, { command, subject: undefined, isCleared: true }))).toBe(
      'The administrator portal may not run x as an administrator with all rights',
    );
  });
});

it('a service calls methods for a person if it has full rights without a limit to commands, or the method is open', () => {
  expect(mayCallMethods(full, {})).toBe(true);
  expect(mayCallMethods({ ...full, as: ['ann'] }, {})).toBe(true);
  expect(mayCallMethods({ ...full, commands: ['x'] }, {})).toBe(false);
  expect(mayCallMethods(reader, {})).toBe(false);
  expect(mayCallMethods(NO_RANK, {})).toBe(false);
  expect(mayCallMethods(NO_RANK, { open: true })).toBe(true);
});
