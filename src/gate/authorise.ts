import type { Principal } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { Command } from '../operations/operation.ts';
import type { GateParts } from './parts.ts';
import { authorise as authoriseByDefault } from './policy/defaultPolicy.ts';
import type { Requirements } from './policy/requirements.ts';

/** A call as the policy sees it. */
export interface CallToAuthorise {
  readonly rank: Rank;
  readonly caller: Pick<SignedIn, 'principal' | 'delegate'>;
  readonly tokenRoles: readonly string[];
  readonly command: Command;
  readonly subject: Principal | undefined;
  readonly params: unknown;
  readonly address: string;
}

/** What step 6 decided. */
export interface Authorised {
  /** The rule that let the call through. */
  readonly rule: string;
  readonly requirements: Requirements;
}

/**
 * Step 6: the rules of the policy file, and where none decides, the default policy.
 *
 * @throws command_not_allowed, subject_not_allowed, delegation_chain
 */
export async function authorise({ policy, now }: GateParts, call: CallToAuthorise): Promise<Authorised> {
  const { rank, caller, tokenRoles, command, subject, params, address } = call;
  const { requirements } = policy.judge({
    actor: { principal: caller.principal, roles: [], tokenRoles, rank },
    on: subject && { principal: subject, roles: [], isAdmin: false },
    ...{ command, params, address, now: now() },
  });
  return { rule: authoriseByDefault(rank, caller, { command, subject }), requirements };
}
