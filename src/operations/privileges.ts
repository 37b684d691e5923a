import type { Explain, ListMyPrivileges } from '../base/schemas/generated.ts';
import type { Principal } from '../identity/principal.ts';
import type { Limits } from '../identity/rank.ts';
import type { DeclaredCommand } from './declared.ts';

/** What the gate tells a command about the actor's rights, from the code that decides. */
export interface Privileges {
  /** Whether the gate would let the actor run the command, now and from here, for some user and parameters. */
  mayRun(): Promise<(command: DeclaredCommand) => boolean>;
  /** The rules and budgets of the policy that name the actor, and its digest. */
  rules(): Promise<Pick<ListMyPrivileges['result'], 'rules' | 'budgets' | 'policy'>>;
  /** @throws command_unknown, invalid_params, user_unknown, rights_required */
  explain(question: Explain['params']): Promise<Explain['result']>;
  /**
   * Call before a principal gets an admin right.
   *
   * @throws exceeds_own_rights if a rule of the policy limits the actor, but not the receiver
   */
  assertMayGive(receiver: Principal, limits: Limits): Promise<void>;
  /**
   * Call when the members of a role change.
   *
   * @throws exceeds_own_rights if rules of the policy depend on the role, and the actor could gain by the change
   */
  assertMayChangeRole(name: string): Promise<void>;
}
