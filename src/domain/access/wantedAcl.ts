import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { readExpires } from '../../base/expiry.ts';
import type { SetAcl } from '../../base/schemas/generated.ts';
import { ACCOUNTS } from '../../identity/nameRules.ts';
import type { Party } from '../../identity/party.ts';
import { resolveToGive, resolveToTake } from '../../identity/resolver.ts';
import { ByteBudget } from '../../store/size.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { Reference } from '../resources/reference.ts';
import type { Grant } from '../resources/resource.ts';
import { MAX_CASCADE_BYTES } from './cascade.ts';
import type { AclChange, LevelFor } from './grants.ts';

/** What the sharing of another system adds to a change. */
export interface KeptGrants {
  /** Further grants, of principals whose accounts may be disabled or closed. */
  readonly kept?: readonly Grant[];
  /** See {@link AclChange}. */
  readonly levelFor?: LevelFor;
  readonly keepsEnds?: boolean;
}

export type AclRequest = Omit<SetAcl['params'], keyof Reference> & KeptGrants;

/** The rights that a caller asks for, with all named accounts resolved. */
export interface WantedAcl {
  readonly change: AclChange;
  readonly accounts: readonly Party[];
  readonly cascade: boolean;
  readonly depth?: number;
  readonly unchangeable: 'refuse' | 'skip';
  /** Whether users are notified of what they are granted. */
  readonly notify: boolean;
  /** How many bytes of grants the whole call may still read and change. */
  readonly budget: ByteBudget;
}

/** @throws invalid_params, username_invalid, user_unknown, role_unknown, recipient_unfit */
export async function wantedAcl(tx: Transaction, request: AclRequest): Promise<WantedAcl> {
  const {
    visibility,
    grants,
    mode = 'replace',
    cascade = false,
    depth,
    unchangeable = 'refuse',
    notify = false,
    kept = [],
    levelFor,
    keepsEnds,
  } = request;
  if (visibility === undefined && grants === undefined) {
    throw refuse('invalid_params', 'Give visibility, grants or both');
  }
  const accounts = await (mode === 'remove' ? resolveToTake : resolveToGive)(tx, grants ?? [], ACCOUNTS);
  if (accounts.length < (grants?.length ?? 0)) throw refuse('invalid_params', 'grants names somebody twice');
  const given = accounts.map(({ id }, i): Grant => {
    // The level does not matter when a grant is removed.
    const level = mode === 'remove' ? 'read' : grants?.[i]?.level;
    if (level === undefined) throw refuse('invalid_params', 'Each of grants must have a level: read, write or admin');
    const expires = readExpires(grants?.[i]?.expires, tx.now);
    if (mode === 'remove' && expires !== undefined) {
      throw refuse('invalid_params', 'expires is for grants that are given, not for those that are removed');
    }
    return { principal: id, level, ...defined({ expires }) };
  });
  const change: AclChange = {
    mode,
    ...defined({ visibility, grants: grants && [...given, ...kept], levelFor, keepsEnds }),
  };
  const budget = new ByteBudget(MAX_CASCADE_BYTES);
  return { change, accounts, cascade, unchangeable, notify, budget, ...defined({ depth }) };
}
