import type { ActingAs } from '../access/actingAs.ts';
import { type AccessFields, type Action, type Decision, decide } from '../access/decide.ts';
import { refuse } from '../errors.ts';
import { wireName } from '../identity/principal.ts';
import type { Identifier } from './identity.ts';

/** What somebody may not do, in the words of the KBase Workspace Service. */
export type Verb =
  | 'read'
  | 'write to'
  | 'rename'
  | 'delete'
  | 'lock'
  | 'set permissions on'
  | 'set description on'
  | 'alter metadata for'
  | 'set global permission on';

/** @throws permission_denied */
export function permit(
  who: ActingAs,
  action: Action,
  verb: Verb,
  identifier: Identifier,
  workspace: AccessFields,
): Decision {
  const decision = decide(who, action, workspace);
  if (!decision.allowed) {
    throw refuse('permission_denied', `${naming(who)} may not ${verb} workspace ${identifier.given}`);
  }
  return decision;
}

const naming = (who: ActingAs) => (who.as === 'user' ? `User ${wireName(who.principal)}` : 'Anonymous users');

/** What must be read of a workspace's grants to decide: the one of who asks. */
export const ownGrant = (who: ActingAs) => ({ grants: who.as === 'user' ? [who.principal._id] : [] });
