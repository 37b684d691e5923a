import { refuse } from '../../base/errors.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Rank } from '../../identity/rank.ts';
import type { SignedIn } from '../../identity/signIn.ts';
import type { DeclaredCommand, DeclaredMethod } from '../../operations/declared.ts';

/**
 * Step 4: like KBase, refuses a write by a read-only administrator before looking at any parameter.
 *
 * @throws rights_required
 */
export function assertRights(rank: Rank, command: DeclaredCommand): void {
  if (command.effect === 'write' && rank.role !== 'full' && !isFor(rank, command)) throw refuse('rights_required');
}

export interface RequestedCommand {
  readonly command: DeclaredCommand;
  readonly subject: Principal | undefined;
}

/**
 * Step 6, the default policy: a full administrator may run all commands, a read-only one those that read, each within
 * their limits; a service that acts for an administrator may run what both may. A service that acts for a user cannot
 * act as another one.
 *
 * @returns the rule that let it through
 * @throws command_not_allowed, subject_not_allowed, delegation_chain
 */
export function authorise(
  rank: Rank,
  { principal, delegate }: Pick<SignedIn, 'principal' | 'delegate'>,
  { command, subject }: RequestedCommand,
): string {
  const own = authoriseOne(rank, principal, { command, subject, subjectIsCleared: false });
  if (rank.through === undefined || delegate === undefined) return own;
  if (subject !== undefined && subject._id !== principal._id) {
    throw refuse('delegation_chain', wireName(delegate.principal), wireName(principal), wireName(subject));
  }
  // Step 2 made sure that the service may act for this user, and there is no other subject.
  return `${own} through ${authoriseOne(rank.through, delegate.principal, { command, subject, subjectIsCleared: true })}`;
}

function authoriseOne(
  rank: Rank,
  actor: Principal,
  { command, subject, subjectIsCleared }: RequestedCommand & { subjectIsCleared: boolean },
): string {
  const name = wireName(actor);
  if (!mayRunAlone(rank, command)) throw refuse('command_not_allowed', name, command.name);
  if (rank.as !== undefined && (command.user === 'subject' || command.user === 'optionalSubject')) {
    // Without a subject the command would run with all rights, which a limit on subjects rules out.
    if (subject === undefined)
      throw refuse('subject_not_allowed', name, command.name, 'an administrator with all rights');
    if (!subjectIsCleared && !rank.as.includes(subject._id))
      throw refuse('subject_not_allowed', name, command.name, wireName(subject));
  }
  const limited = rank.commands !== undefined || rank.as !== undefined;
  return `default:${rank.role}${limited ? ':limited' : ''}`;
}

/** Whether this rank, and that of the service it acts through, may run the command at all. */
export function mayRun(rank: Rank, command: DeclaredCommand): boolean {
  return mayRunAlone(rank, command) && (rank.through === undefined || mayRun(rank.through, command));
}

/** A limit on the users to act as leaves out every command that does not act as one, unless the command is named. */
function mayRunAlone(rank: Rank, command: DeclaredCommand): boolean {
  if (rank.role === 'bootstrap') return isFor(rank, command);
  if (rank.role === 'none' || (command.effect === 'write' && rank.role !== 'full')) return false;
  if (command.open) return true;
  if (rank.scope !== undefined && rank.scope !== command.scope) return false;
  if (rank.commands !== undefined) return rank.commands.includes(command.name);
  return rank.as === undefined || command.user === 'subject' || command.user === 'optionalSubject';
}

/** Whether the command is one for which the secret key may be used. */
const isFor = (rank: Rank, command: DeclaredCommand) => rank.role === 'bootstrap' && command.bootstrap === true;

/**
 * Whether a service of this rank may call an ordinary method for a user. Methods may write, and limits to commands do
 * not name them, so that the service must be a full administrator without such limits.
 */
export function mayCallMethods(service: Rank, method: Pick<DeclaredMethod, 'open'>): boolean {
  return method.open === true || (service.role === 'full' && service.commands === undefined);
}
