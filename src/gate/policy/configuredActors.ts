import type { PolicyActor } from './policy.ts';

/** A full administrator about whom no more is known. */
export const SOME_ADMIN: PolicyActor = {
  ...{ id: '', names: [], roles: [], tokenRoles: [], isService: false, isActive: true },
  rank: { role: 'full', source: 'config' },
};

const ID = 'id:';

/** The administrators of `ws-admin`, as far as the configuration says; some administrator if it names none. */
export function configuredActors(configured: readonly string[]): readonly PolicyActor[] {
  if (configured.length === 0) return [SOME_ADMIN];
  return configured.map((entry) => ({
    ...SOME_ADMIN,
    ...(entry.startsWith(ID) ? { id: entry.slice(ID.length) } : { id: entry, names: [entry] }),
  }));
}
