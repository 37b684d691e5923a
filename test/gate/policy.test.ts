import { describe, expect, it } from 'vitest';
import { assertRights, authorise, mayCallMethods, mayRun } from '../../src/gate/policy.ts';
import type { Principal } from '../../src/identity/principal.ts';
import { BOOTSTRAP_RANK, NO_RANK, type Rank } from '../../src/identity/rank.ts';
import type { DeclaredCommand } from '../../src/operations/declared.ts';
import { acting } from '../support/acting.ts';

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
  it.each<[string, Rank, Partial<DeclaredCommand>, boolean]>([
    ['a full administrator', full, {}, true],
    ['a read-only administrator', reader, {}, false],
    ['somebody without a right', NO_RANK, {}, false],
    ['the holder of the secret key', BOOTSTRAP_RANK, {}, false],
    ['the holder of the secret key, for a command that the key is for,', BOOTSTRAP_RANK, { bootstrap: true }, true],
    ['a read-only administrator, for a command that the key is for,', reader, { bootstrap: true }, false],
  ])('%s is let through or refused', (_, rank, more, allowed) => {
    const check = () => assertRights(rank, made(more));
    if (allowed) check();
    else expect(check).toThrow(expect.objectContaining({ reason: 'rights_required' }));
    assertRights(rank, made({ ...more, effect: 'read' }));
  });
});

describe('the commands that somebody may run', () => {
  const limited = (more: Partial<Rank>): Rank => ({ ...full, ...more });
  it.each<[string, Rank, string, Partial<DeclaredCommand>, boolean]>([
    ['a full administrator', full, 'a write', {}, true],
    ['a full administrator', full, 'a write of one system', { scope: 'iiif' }, true],
    ['a full administrator', full, 'a command for the secret key', { bootstrap: true }, true],
    ['a read-only administrator', reader, 'a write', {}, false],
    ['a read-only administrator', reader, 'a read', { effect: 'read' }, true],
    ['a read-only administrator', reader, 'an open write', { open: true }, false],
    ['somebody without a right', NO_RANK, 'a read', { effect: 'read' }, false],
    ['somebody without a right', NO_RANK, 'an open read', { effect: 'read', open: true }, false],
    ['the holder of the secret key', BOOTSTRAP_RANK, 'a command for the key', { bootstrap: true }, true],
    ['the holder of the secret key', BOOTSTRAP_RANK, 'a read', { effect: 'read' }, false],
    ['the holder of the secret key', BOOTSTRAP_RANK, 'an open read', { effect: 'read', open: true }, false],
    ['one with every limit', limited({ commands: [], as: [], scope: 'iiif' }), 'an open command', { open: true }, true],
    ['an administrator of IIIF', limited({ scope: 'iiif' }), 'a command of IIIF', { scope: 'iiif' }, true],
    ['an administrator of IIIF', limited({ scope: 'iiif' }), 'another command', {}, false],
    ['one limited to commands', limited({ commands: ['y', 'x'] }), 'one of these', {}, true],
    ['one limited to commands', limited({ commands: ['y'] }), 'another', {}, false],
    ['one limited to no command', limited({ commands: [] }), 'a write', {}, false],
    ['one limited to users', limited({ commands: ['x'], as: ['ann'] }), 'a command named for them', {}, true],
    ['one limited to users', limited({ as: ['ann'] }), 'a command as an administrator', {}, false],
    ['one limited to users', limited({ as: ['ann'] }), 'a command about a user', { user: 'target' }, false],
    ['one limited to users', limited({ as: ['ann'] }), 'a command as a user', { user: 'subject' }, true],
    ['one limited to users', limited({ as: ['ann'] }), 'one that may be so', { user: 'optionalSubject' }, true],
    ['one through a service', limited({ through: full }), 'what both may', {}, true],
    [
      'one through a service',
      limited({ through: limited({ commands: ['y'] }) }),
      'what the service may not',
      {},
      false,
    ],
    ['one through a service', limited({ commands: ['y'], through: full }), 'what the person may not', {}, false],
  ])('of %s: %s', (_who, rank, _what, more, allowed) => {
    expect(mayRun(rank, made(more))).toBe(allowed);
  });
});

describe('the policy', () => {
  const alone = (rank: Rank, more: Partial<DeclaredCommand>, subject?: Principal) =>
    authorise(rank, { principal: boss }, { command: made(more), subject });
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

  it('lets a service act for the person in its token and for nobody else', () => {
    const service: Rank = { ...full, as: ['boss'] };
    const through = (rank: Rank, more: Partial<DeclaredCommand>, subject?: Principal) =>
      authorise(
        rank,
        { principal: boss, delegate: { principal: portal, roles: [] } },
        { command: made(more), subject },
      );
    const rank = { ...full, through: service };
    expect(through(rank, { user: 'subject' }, boss)).toBe('default:full through default:full:limited');
    expect(through({ ...full, through: full }, {})).toBe('default:full through default:full');
    expect(message(() => through(rank, { user: 'subject' }, ann))).toBe(
      'The service portal acts for boss and may not act as ann as well',
    );
    expect(message(() => through({ ...full, through: full }, { user: 'subject' }, ann))).toBe(
      'The service portal acts for boss and may not act as ann as well',
    );
    expect(message(() => through(rank, {}))).toBe(
      'The administrator portal is limited to certain commands and may not run x',
    );
    // The person was found to be in the service's limits by a role, where it does not stand among the users.
    expect(through({ ...full, through: { ...full, as: [] } }, { user: 'subject' }, boss)).toMatch(/^default:full /);
    expect(message(() => through({ ...full, as: [], through: full }, { user: 'subject' }, boss))).toBe(
      'The administrator boss may not run x as boss',
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
