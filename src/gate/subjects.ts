import { refuse } from '../base/errors.ts';
import { KBASE_USERS, NAMED_USERS, USERS } from '../identity/nameRules.ts';
import { isNewcomer, newcomer, register } from '../identity/newcomers.ts';
import { userParty } from '../identity/party.ts';
import { principals, wireName } from '../identity/principal.ts';
import { markNamed } from '../identity/receivers.ts';
import { resolveToAct } from '../identity/resolver.ts';
import type { Roster } from '../identity/roster.ts';
import type { Command } from '../operations/operation.ts';
import type { Reader } from '../store/collection.ts';
import { transact } from '../store/transact.ts';
import type { Transaction } from '../store/transaction.ts';
import type { CallContext, Validated } from './callContext.ts';
import type { CommandObject } from './decode.ts';
import type { GateParts } from './parts.ts';
import { draftOfAid } from './records.ts';

/** The user acted as, who must be able to act themselves. */
export async function subjectOf(
  { database, dependencies, now }: GateParts,
  { caller }: CallContext,
  { command, decoded: { user } }: { readonly command: Command; readonly decoded: CommandObject },
): Promise<Pick<Validated, 'subject' | 'epoch' | 'newcomer'> | undefined> {
  if (command.user !== 'subject' && command.user !== 'optionalSubject') return undefined;
  if (command.user === 'optionalSubject' && user === undefined) return undefined;
  const epoch = await dependencies.people.epoch();
  // KBase's rule for names applies only to KBase's own commands.
  const rules = command.takes === 'closed' ? NAMED_USERS : KBASE_USERS;
  const subject = await resolveToAct(database, user, { ...rules, people: dependencies.people });
  if (subject !== undefined) return { subject, epoch };
  const [identity] = user === null || user === undefined ? [] : await caller.identities([user]);
  if (identity === undefined) throw refuse('user_unknown', user ?? '');
  return { subject: await newcomer(database, identity, now()), newcomer: identity };
}

/** Checks the subject again if rights were withdrawn since they were found. @throws user_unknown */
export async function assertSubjectStays(
  get: Reader['get'],
  { subject, epoch }: Validated,
  now: Roster,
): Promise<void> {
  if (subject === undefined || epoch === undefined || epoch === now.epoch) return;
  const present = await get(principals, subject._id);
  if (present === null || !present.living || present.state === 'disabled') {
    throw refuse('user_unknown', wireName(subject));
  }
}

/**
 * Inside the write that acts as a subject: registers a new user, and makes sure that a pending one, who may become an
 * owner by it, is not removed meanwhile.
 */
export async function introduceSubject(
  { dependencies }: GateParts,
  validated: Validated,
  tx: Transaction,
): Promise<Validated> {
  const { subject, newcomer } = validated;
  if (subject !== undefined) await markNamed(tx, [userParty(subject)]);
  if (subject === undefined || newcomer === undefined || !isNewcomer(subject)) return validated;
  return { ...validated, subject: await register(tx, dependencies.rules, newcomer) };
}

/** The current subject of a call that is answered again, without registering them. */
export async function presentSubject(validated: Validated, tx: Transaction): Promise<Validated> {
  const { subject } = validated;
  if (subject === undefined || !isNewcomer(subject)) return validated;
  return { ...validated, subject: (await resolveToAct(tx.untracked, subject.username, USERS)) ?? subject };
}

/** As {@link introduceSubject} for a read, in a transaction of its own with its own record. */
export async function introduceForRead(
  parts: GateParts,
  context: CallContext,
  validated: Validated,
): Promise<Validated> {
  const { database, journal, rights, now } = parts;
  if (validated.newcomer === undefined || validated.options.dryRun) return validated;
  const introduced = await transact(database, { now }, async (tx) => {
    const known = await introduceSubject(parts, validated, tx);
    if (tx.changes.length > 0) {
      await journal.appendIn(tx, draftOfAid('introduce', context, tx));
    }
    return known;
  });
  rights.invalidate();
  return introduced;
}
