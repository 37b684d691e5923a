import { refuse } from '../../base/errors.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Rank } from '../../identity/rank.ts';
import type { DeclaredCommand, DeclaredMethod } from '../../operations/declared.ts';
import { UNKNOWN, type Unknown } from './policy.ts';

/** Whether this rank may run the command, as far as reading and writing go, and reads that need full rights. */
export function writes(rank: Rank, command: DeclaredCommand): boolean {
  return !needsFullRights(command) || rank.role === 'full' || concernsThemself(rank, command) || isFor(rank, command);
}

const needsFullRights = ({ effect, readOnly, fullOnly }: DeclaredCommand) =>
  (effect === 'write' && readOnly !== true) || fullOnly === true;

export interface RequestedCommand {
  readonly command: DeclaredCommand;
  /** {@link UNKNOWN} if it is not known yet whom the command will act as. */
  readonly subject: Principal | undefined | Unknown;
  /** Whether the actor may act as the subject in any case. */
  readonly isCleared?: boolean;
}

/**
 * Step 6, the default policy: a full administrator may run all commands, a read-only one those that read, each within
 * their limits. It is asked for the person and, if a service acts for them, for the service.
 *
 * @returns the rule that lets the call through
 * @throws command_not_allowed, subject_not_allowed, break_glass_refused
 */
export function authoriseByDefault(
  rank: Rank,
  actor: Principal,
  { command, subject, isCleared = false }: RequestedCommand,
): string {
  const name = wireName(actor);
  if (!mayRunAlone(rank, command)) throw refuse('command_not_allowed', name, command.name);
  if (command.onlyByRule) throw refuse('break_glass_refused', name, 'no rule of the policy allows it to them');
  const acts = command.user === 'subject' || command.user === 'optionalSubject';
  if (rank.as !== undefined && acts && subject !== UNKNOWN) {
    // Without a subject the command would run with all rights, which a limit on subjects rules out.
    if (subject === undefined)
      throw refuse('subject_not_allowed', name, command.name, 'an administrator with all rights');
    if (!isCleared && !rank.as.includes(subject._id))
      throw refuse('subject_not_allowed', name, command.name, wireName(subject));
  }
  return ruleOf(rank);
}

/** The rule of the default policy by which somebody of this rank is an administrator. */
export const ruleOf = ({ role, commands, as }: Rank): string =>
  `default:${role}${commands !== undefined || as !== undefined ? ':limited' : ''}`;

/** Whether this rank, and that of the service it acts through, may run the command at all. */
export function mayRun(rank: Rank, command: DeclaredCommand): boolean {
  if (command.onlyByRule) return false;
  return mayRunAlone(rank, command) && (rank.through === undefined || mayRun(rank.through, command));
}

/** A limit on the users to act as leaves out every command that does not act as one, unless the command is named. */
function mayRunAlone(rank: Rank, command: DeclaredCommand): boolean {
  if (rank.role === 'bootstrap') return isFor(rank, command);
  if (rank.role === 'none') return false;
  if (command.open) return true;
  if (needsFullRights(command) && rank.role !== 'full') return false;
  if (rank.scope !== undefined && rank.scope !== command.scope) return false;
  if (rank.commands !== undefined) return rank.commands.includes(command.name);
  return rank.as === undefined || command.user === 'subject' || command.user === 'optionalSubject';
}

/**
 * The rule of the default policy that allows the command at all, whatever its subject.
 *
 * @throws command_not_allowed
 */
export function allowedByDefault(rank: Rank, name: string, command: DeclaredCommand): string {
  if (!mayRun(rank, command)) throw refuse('command_not_allowed', name, command.name);
  return ruleOf(rank);
}

/** Whether the command only concerns the caller themself, who may then run it whatever their role and limits. */
const concernsThemself = (rank: Rank, command: DeclaredCommand) => command.open === true && rank.role !== 'bootstrap';

/** Whether the command is one for which the secret key may be used. */
const isFor = (rank: Rank, command: DeclaredCommand) => rank.role === 'bootstrap' && command.bootstrap === true;

/**
 * Whether a service of this rank may call an ordinary method for a user. Methods may write, and limits to commands do
 * not name them, so that the service must be a full administrator without such limits.
 */
export function mayCallMethods(service: Rank, method: Pick<DeclaredMethod, 'open'>): boolean {
  return method.open === true || (service.role === 'full' && service.commands === undefined);
}
