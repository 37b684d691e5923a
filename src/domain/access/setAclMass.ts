import { refuse, StewardError } from '../../base/errors.ts';
import type { SetAclMass } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { bsonSize } from '../../store/size.ts';
import type { Transaction } from '../../store/transaction.ts';
import { applyAcl, readTarget } from './applyAcl.ts';
import { MAX_REACHED } from './cascade.ts';
import { bytesOfGrants } from './grants.ts';
import { type KeptGrants, wantedAcl } from './wantedAcl.ts';

type Outcomes = SetAclMass['result']['outcomes'];

/**
 * As setAcl for up to 1,000 resources at once. All are changed or none; with `ignoreErrors`, those that can be, and the
 * result has the outcome of each.
 *
 * @throws what setAcl throws; change_too_big, also with `ignoreErrors`
 */
export async function setAclMass(
  tx: Transaction,
  authority: Authority,
  { resources, ignoreErrors = false, ...request }: SetAclMass['params'] & KeptGrants,
): Promise<SetAclMass['result']> {
  const wanted = await wantedAcl(tx, request);
  const what = `Setting the rights on ${resources.length} resources`;
  wanted.budget.spend(what, (resources.length - 1) * bytesOfGrants(wanted.change));
  const outcomes: Outcomes = [];
  let reached = 0;
  for (const reference of resources) {
    try {
      const root = await readTarget({ tx, authority }, reference, wanted);
      if (resources.length > 1) wanted.budget.spend(what, bsonSize(root.grants));
      const { changed, skipped, unchanged } = await applyAcl({ tx, authority }, root, wanted);
      reached += changed.length + unchanged;
      outcomes.push({ id: root._id, changed: changed.map(({ id }) => id), skipped: [...skipped], unchanged });
    } catch (error) {
      // An error is thrown before the resource is changed; one for the size is about the whole call.
      if (!ignoreErrors || !(error instanceof StewardError) || error.reason === 'change_too_big') throw error;
      outcomes.push({ error: { reason: error.reason, message: error.message } });
    }
    if (reached > MAX_REACHED) throw refuse('too_many_resources', 'One call', MAX_REACHED);
  }
  return { outcomes };
}
