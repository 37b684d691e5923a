import type { Command } from '../commands/command.ts';
import { refuse } from '../errors.ts';
import { type Principal, wireName } from '../identity/principal.ts';
import type { Rank } from '../identity/rank.ts';

/**
 * Step 4: KBase refuses a write by a read-only admin before it looks at any parameter, and so does this.
 *
 * @throws rights_required
 */
export function assertRights(rank: Rank, command: Command): void {
  if (command.effect === 'write' && rank.role !== 'full') throw refuse('rights_required');
}

/**
 * Step 6, the default policy: a full admin may run everything and a read-only one what reads, each within its limits.
 *
 * @returns the rule that let it through
 * @throws command_not_allowed, subject_not_allowed
 */
export function authorise(rank: Rank, actor: Principal, command: Command, subject: Principal | undefined): string {
  const name = wireName(actor);
  if (!mayRun(rank, command)) throw refuse('command_not_allowed', name, command.name);
  if (rank.as !== undefined && (command.user === 'subject' || command.user === 'optionalSubject')) {
    // Without a subject the command would run with all rights, which a limit on subjects rules out.
    if (subject === undefined)
      throw refuse('subject_not_allowed', name, command.name, 'an administrator with all rights');
    if (!rank.as.includes(subject._id)) throw refuse('subject_not_allowed', name, command.name, wireName(subject));
  }
  const limited = rank.commands !== undefined || rank.as !== undefined;
  return `default:${rank.role}${limited ? ':limited' : ''}`;
}

/**
 * Whether this rank may run the command at all. A limit on the users to act as leaves out every command that does not
 * act as one, unless the command is named.
 */
export function mayRun(rank: Rank, command: Command): boolean {
  if (rank.role === 'none' || (command.effect === 'write' && rank.role !== 'full')) return false;
  if (command.open) return true;
  if (rank.commands !== undefined) return rank.commands.includes(command.name);
  return rank.as === undefined || command.user === 'subject' || command.user === 'optionalSubject';
}
