import type { Principal } from '../../identity/principal.ts';
import type { Rank } from '../../identity/rank.ts';
import type { DeclaredCommand } from '../../operations/declared.ts';
import { NO_REQUIREMENTS, type Requirements } from './requirements.ts';

/** Somebody, as a rule may name them. */
export interface Person {
  readonly principal: Principal;
  /** The ids of their roles in the directory. */
  readonly roles: readonly string[];
}

/** A caller, as a rule may name them. */
export interface PolicyActor extends Person {
  readonly tokenRoles: readonly string[];
  readonly rank: Rank;
}

/** All that a rule may depend on. */
export interface Facts {
  readonly actor: PolicyActor;
  readonly command: DeclaredCommand;
  /** The subject or the target; undefined if there is none. */
  readonly on: (Person & { readonly isAdmin: boolean }) | undefined;
  readonly params: unknown;
  readonly address: string;
  readonly now: Date;
}

/** What the rules say of a call. */
export interface Judgement {
  /** The rule that decides; undefined if none does, so that the default policy decides. */
  readonly decision?: { readonly effect: 'allow' | 'deny'; readonly rule: string };
  readonly requirements: Requirements;
}

/** The rules of a policy file. */
export interface Policy {
  /** SHA-256 of the file, hexadecimal; undefined without a file. */
  readonly digest: string | undefined;
  judge(facts: Facts): Judgement;
}

/** The policy without a file: no rules. */
export const NO_RULES: Policy = { digest: undefined, judge: () => ({ requirements: NO_REQUIREMENTS }) };
