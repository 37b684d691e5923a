import type { Person, PolicyActor } from './policy.ts';

/*
 * The people that a rule names. A name refers to the principal to whom it is bound (`boundNames.ts`), never to whoever
 * has it at the moment.
 */

const FORMS = { 'id:': 'ids', 'role:': 'roles', 'token-role:': 'tokenRoles', 'service:': 'services' } as const;
const GROUPS = ['admins', 'readOnlyAdmins', 'anybody'] as const;

type Form = (typeof FORMS)[keyof typeof FORMS] | 'names';

/** The entries of a list of people, by their form. */
export interface Named extends Readonly<Record<Form, ReadonlySet<string>>> {
  readonly groups: ReadonlySet<(typeof GROUPS)[number]>;
  /** Whether `*` is among them. */
  readonly everybody: boolean;
}

/** Sorts the entries of `who`, `as` or `by` by their forms. */
export function namedIn(entries: readonly string[]): Named {
  const sets = { ids: new Set<string>(), roles: new Set<string>(), tokenRoles: new Set<string>() };
  const more = { services: new Set<string>(), names: new Set<string>() };
  const found = { ...sets, ...more, groups: new Set<(typeof GROUPS)[number]>(), everybody: false };
  for (const entry of entries) {
    const group = GROUPS.find((name) => name === entry);
    const form = Object.entries(FORMS).find(([prefix]) => entry.startsWith(prefix));
    if (entry === '*') found.everybody = true;
    else if (group !== undefined) found.groups.add(group);
    else if (form !== undefined) found[form[1]].add(entry.slice(form[0].length));
    else found.names.add(entry);
  }
  return found;
}

/** Whether the list names this person by name, id or role. */
export function isNamed({ ids, names, roles }: Named, person: Person): boolean {
  return ids.has(person.id) || hasAny(names, person.names) || hasAny(roles, person.roles);
}

/** Whether a rule for these callers applies to the actor. */
export function appliesTo(named: Named, actor: PolicyActor): boolean {
  return isNamedApart(named, actor) || inGroups(named, actor, false);
}

/**
 * Whether a rule for these callers can give something to the actor: not to a disabled or closed account, nor to the
 * holder of the secret key. Through `admins` and `readOnlyAdmins` a rule lifts no limits that their own rights have.
 */
export function givesTo(named: Named, actor: PolicyActor): boolean {
  if (!actor.isActive || actor.rank.role === 'bootstrap') return false;
  return isNamedApart(named, actor) || inGroups(named, actor, true);
}

function isNamedApart(named: Named, actor: PolicyActor): boolean {
  if (named.groups.has('anybody') || isNamed(named, actor)) return true;
  if (hasAny(named.tokenRoles, actor.tokenRoles)) return true;
  return actor.isService && hasAny(named.services, actor.names);
}

function inGroups({ groups }: Named, { rank }: PolicyActor, unlimited: boolean): boolean {
  const { role, commands, as, scope, delegatedOnly } = rank;
  const limited = commands !== undefined || as !== undefined || scope !== undefined || delegatedOnly === true;
  if (unlimited && limited) return false;
  return (role === 'full' && groups.has('admins')) || (role === 'readOnly' && groups.has('readOnlyAdmins'));
}

const hasAny = (set: ReadonlySet<string>, values: readonly string[]): boolean =>
  set.size > 0 && values.some((value) => set.has(value));
