import type { GrantLevel, Resource } from '../resources/resource.ts';
import type { ActingAs } from './actingAs.ts';

/** How much somebody may do with a resource; each level includes those before it. */
export type Level = 'none' | GrantLevel | 'owner';

/** What one may want to do with a resource, and the least level that allows it. */
const NEEDED = {
  read: 'read',
  write: 'write',
  /** See who else may do what. */
  seeGrants: 'write',
  share: 'admin',
  publish: 'admin',
  describe: 'admin',
  lock: 'admin',
  rename: 'owner',
  delete: 'owner',
} as const satisfies Record<string, Level>;

export type Action = keyof typeof NEEDED;

/** What of a resource decides. */
export type AccessFields = Pick<Resource, 'owners' | 'grants' | 'visibility'>;

export const accessFields = ['owners', 'grants', 'visibility'] as const;

export interface Decision {
  readonly allowed: boolean;
  /** The highest level that the one who asks has. */
  readonly level: Level;
  /** Where it comes from. */
  readonly because: 'admin' | 'owner' | 'grant' | 'public' | 'nothing';
}

const ORDER: readonly Level[] = ['none', 'read', 'write', 'admin', 'owner'];

const covers = (level: Level, needed: Level) => ORDER.indexOf(level) >= ORDER.indexOf(needed);

/** Whether somebody may do something with a resource, and why. Nobody else compares levels. */
export function decide(who: ActingAs, action: Action, resource: AccessFields): Decision {
  const [level, because] = standing(who, resource);
  return { allowed: covers(level, NEEDED[action]), level, because };
}

/** Whether giving this level to oneself gives something up, rather than takes more. */
export function lowers(present: Level, wanted: Level): boolean {
  return !covers(wanted, present);
}

/** The levels of grants that are at least this one; reading is the least that a grant gives. */
export function grantLevelsFrom(level: GrantLevel | 'none'): GrantLevel[] {
  return (['read', 'write', 'admin'] as const).filter((granted) => covers(granted, level));
}

function standing(who: ActingAs, { owners, grants, visibility }: AccessFields): [Level, Decision['because']] {
  if (who.as === 'admin') return ['owner', 'admin'];
  if (who.as === 'user') {
    const id = who.principal._id;
    if (owners.includes(id)) return ['owner', 'owner'];
    const grant = grants.find((g) => g.principal === id);
    if (grant !== undefined) return [grant.level, 'grant'];
  }
  return visibility === 'public' ? ['read', 'public'] : ['none', 'nothing'];
}
