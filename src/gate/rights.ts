import { refuse } from '../base/errors.ts';
import { wireName } from '../identity/principal.ts';
import type { SignedIn } from '../identity/signIn.ts';
import type { DeclaredCommand } from '../operations/declared.ts';
import { type PolicyParts, sourcesOf, type View } from './authorise.ts';
import type { CallContext } from './callContext.ts';
import { writes } from './policy/defaultPolicy.ts';
import { actorsOf } from './policy/facts.ts';

interface Ranked extends Pick<CallContext, 'rank' | 'roles'> {
  readonly caller: Pick<SignedIn, 'principal' | 'delegate'>;
}

/** Step 2: refuses whoever is no administrator and is given nothing by a rule of the policy. @throws not_admin */
export async function assertRank(parts: PolicyParts, { caller, rank, roles }: Ranked, view: View): Promise<void> {
  if (rank.role === 'none' && !(await mayBeGiven(parts, { caller, rank, roles }, { view }))) {
    throw refuse('not_admin', wireName(caller.principal));
  }
}

/**
 * Step 4: like KBase, refuses a write by a read-only administrator before looking at any parameter, unless a rule of the
 * policy may give it.
 *
 * @throws rights_required
 */
export async function assertRights(
  parts: PolicyParts,
  { context, command }: { readonly context: Ranked; readonly command: DeclaredCommand },
  view: View,
): Promise<void> {
  if (writes(context.rank, command) || (await mayBeGiven(parts, context, { view, command }))) return;
  throw refuse('rights_required');
}

/** Whether a rule of the policy may give this command, or any, to the caller. */
async function mayBeGiven(
  parts: PolicyParts,
  { caller, rank, roles: tokenRoles }: Ranked,
  { view, command }: { readonly view: View; readonly command?: DeclaredCommand },
): Promise<boolean> {
  const policy = parts.policy.current;
  if (policy.digest === undefined) return false;
  const actors = await actorsOf(policy.needs, caller, { ...sourcesOf(parts, view), rank, tokenRoles });
  return actors.some((actor) => policy.mayGive(actor, command));
}
