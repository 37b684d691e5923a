import type { BoundNames } from '../../identity/boundNames.ts';
import { USERS } from '../../identity/nameRules.ts';
import type { People } from '../../identity/people.ts';
import type { Principal } from '../../identity/principal.ts';
import { type Rank, rankOf } from '../../identity/rank.ts';
import { resolveEachToShow } from '../../identity/resolver.ts';
import { roleNameIn } from '../../identity/roles.ts';
import type { AdminRules, Roster } from '../../identity/roster.ts';
import type { SignedIn } from '../../identity/signIn.ts';
import type { DeclaredCommand } from '../../operations/declared.ts';
import type { Reader } from '../../store/collection.ts';
import type { Person, PolicyActor, PolicyNeeds, PolicySubject } from './policy.ts';

/** What the facts about people are found with, now or inside a transaction. */
export interface FactSources {
  readonly people: People;
  readonly boundNames: BoundNames;
  readonly rules: AdminRules;
  readonly roster: Roster;
  readonly now: Date;
  /** The ids of somebody's roles. */
  readonly rolesOf: (principal: string) => Promise<readonly string[]>;
}

/** The caller and, if a service acts for them, the service, as rules may name them. */
export async function actorsOf(
  needs: PolicyNeeds,
  { principal, delegate }: Pick<SignedIn, 'principal' | 'delegate'>,
  { rank, tokenRoles, ...sources }: FactSources & { readonly rank: Rank; readonly tokenRoles: readonly string[] },
): Promise<readonly PolicyActor[]> {
  const actor = async (who: Principal, more: Pick<PolicyActor, 'rank' | 'tokenRoles' | 'isService'>) => ({
    ...(await personOf(needs, who, sources)),
    isActive: who.state === 'active',
    ...more,
  });
  const own = await actor(principal, { rank, tokenRoles, isService: principal.kind === 'service' });
  if (delegate === undefined || rank.through === undefined) return [own];
  const service = { rank: rank.through, tokenRoles: delegate.roles, isService: true };
  return [own, await actor(delegate.principal, service)];
}

/** The user whom a call acts as or is about. A name that means nobody is known by its text alone. */
export async function subjectOf(
  needs: PolicyNeeds,
  { command, subject, user, reader }: SubjectOfCall,
  sources: FactSources,
): Promise<PolicySubject | undefined> {
  if (subject !== undefined) return subjectFacts(needs, subject, sources);
  if (command.user !== 'target' || user === undefined || user === null) return undefined;
  const found = (await resolveEachToShow(reader, [user], USERS)).get(user);
  if (found !== undefined) return subjectFacts(needs, found.user, sources);
  return { id: '', names: needs.names.has(user) ? [user] : [], roles: [], isAdmin: false };
}

export interface SubjectOfCall {
  readonly command: Pick<DeclaredCommand, 'user'>;
  readonly subject: Principal | undefined;
  /** The key `user` of the command object. */
  readonly user: string | null | undefined;
  readonly reader: Reader;
}

async function subjectFacts(needs: PolicyNeeds, principal: Principal, sources: FactSources): Promise<PolicySubject> {
  const { rules, roster, now } = sources;
  const { role } = rankOf({ ...principal, state: 'active' }, [], { rules, roster, now });
  return { ...(await personOf(needs, principal, sources)), isAdmin: role !== 'none' };
}

async function personOf(
  needs: PolicyNeeds,
  principal: Principal,
  { people, boundNames, rolesOf }: FactSources,
): Promise<Person> {
  const names = await boundNames.of(principal, needs.names);
  if (!needs.roles) return { id: principal._id, names, roles: [] };
  const ids = await rolesOf(principal._id);
  const nameOf = ids.length === 0 ? undefined : await people.names(ids);
  const roles = ids.flatMap((id) => roleNameIn(nameOf?.(id) ?? '') ?? []);
  return { id: principal._id, names, roles };
}
