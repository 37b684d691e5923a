import type { Principal } from '../../src/identity/principal.ts';
import type { RosterEntry } from '../../src/identity/roster.ts';

/** The time at which the people of these tests were made, and at which they call. */
export const NOW = new Date('2024-06-01T00:00:00Z');

/** An active person whose name is their id. */
export const person = (_id: string, more: Partial<Principal> = {}): Principal => ({
  ...{ _id, revision: 1, username: _id, kind: 'person', state: 'active', living: true, createdAt: NOW },
  ...more,
});

/** An entry of the roster that makes a full administrator. */
export const entry = (principal: string, more: Partial<RosterEntry> = {}): RosterEntry => ({
  ...{ principal, role: 'full', addedAt: NOW, addedBy: 'boss' },
  ...more,
});
