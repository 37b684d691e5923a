import type { Rank } from '../../identity/rank.ts';
import type { DeclaredCommand } from '../../operations/declared.ts';
import { NO_REQUIREMENTS, type Requirements } from './requirements.ts';

/** Somebody, as a rule may name them. */
export interface Person {
  readonly id: string;
  /** The names in the policy that are bound to them. */
  readonly names: readonly string[];
  /** The names of their roles in the directory. */
  readonly roles: readonly string[];
}

/** A caller, as a rule may name them. */
export interface PolicyActor extends Person {
  readonly tokenRoles: readonly string[];
  readonly rank: Rank;
  /** Whether their account is active: no rule gives anything to others. */
  readonly isActive: boolean;
  /** Whether this is a service, which calls for itself or for somebody. */
  readonly isService: boolean;
}

/** The subject or target of a call. */
export interface PolicySubject extends Person {
  readonly isAdmin: boolean;
}

/** What is not known yet when somebody asks what they may do. */
export const UNKNOWN = 'unknown';
export type Unknown = typeof UNKNOWN;
/** Stands for parameters, which can be any value. */
export const UNKNOWN_PARAMS = Symbol('unknown parameters');

/** All that a rule may depend on. */
export interface Facts {
  readonly actor: PolicyActor;
  readonly command: Pick<DeclaredCommand, 'name' | 'reserved' | 'open' | 'withoutApproval' | 'undeniable'>;
  /** The subject or the target; undefined if there is none. */
  readonly on: PolicySubject | undefined | Unknown;
  /** {@link UNKNOWN_PARAMS} if they are not known. */
  readonly params: unknown;
  readonly address: string;
  readonly now: Date;
}

/** A rule, as answers and records name it. */
export interface RuleName {
  readonly name: string;
  /** In the policy file, from 1. */
  readonly line: number;
}

/** What the rules say of a call. */
export interface Judgement {
  /** The rule that decides; undefined if none does, so that the default policy decides. */
  readonly decision?: RuleName & { readonly effect: 'allow' | 'deny' };
  readonly requirements: Requirements;
  /** The rules that would decide otherwise or require more, depending on what is not known. */
  readonly open: readonly (RuleName & { readonly effect: 'allow' | 'deny' | 'require' })[];
}

/** The rules of a policy file. */
export interface Policy {
  /** SHA-256 of the file, hexadecimal; undefined without a file. */
  readonly digest: string | undefined;
  /** What the rules need to know of people. */
  readonly needs: PolicyNeeds;
  judge(facts: Facts): Judgement;
  /** Whether an `allow` rule may give this actor something: this command, or any if it is undefined. */
  mayGive(actor: PolicyActor, command?: Facts['command']): boolean;
  /** The budgets for the reads of this actor. */
  budgetsFor(actor: PolicyActor): readonly Budget[];
  /** The rules that name this actor, in the order of the file. */
  rulesFor(actor: PolicyActor): readonly NamedRule[];
  /**
   * A rule that denies something to the giver, or requires something of them, and would not do so for the receiver of
   * these commands.
   */
  escapedBy(giver: PolicyActor, receiver: PolicyActor, commands: ReadonlySet<string>): RuleName | undefined;
  /** A rule that gives something to the members of a role, and one that holds the actor and depends on its members. */
  dependingOn(role: string, actor: PolicyActor): { readonly giving?: RuleName; readonly holding?: RuleName };
}

/** A bound on how many distinct owners somebody reads the data of within an hour. */
export interface Budget extends RuleName {
  readonly owners: number;
  /** What a read beyond it needs. */
  readonly requirements: Requirements;
}

/** A rule as the people whom it names see it. */
export interface NamedRule extends RuleName {
  readonly effect: 'allow' | 'deny' | 'require';
  readonly requirements: Requirements;
}

export interface PolicyNeeds {
  /** The user names that the rules name. */
  readonly names: ReadonlySet<string>;
  readonly roles: boolean;
  readonly tokenRoles: boolean;
}

/** The policy without a file: no rules. */
export const NO_RULES: Policy = {
  digest: undefined,
  needs: { names: new Set(), roles: false, tokenRoles: false },
  judge: () => ({ requirements: NO_REQUIREMENTS, open: [] }),
  mayGive: () => false,
  budgetsFor: () => [],
  rulesFor: () => [],
  escapedBy: () => undefined,
  dependingOn: () => ({}),
};
