import { refuse } from '../../base/errors.ts';
import { commands } from '../../base/schemas/generated.ts';
import { openTicket as open } from '../../identity/tickets.ts';
import type { Dependencies } from '../dependencies.ts';
import { preparedCommand } from '../operation.ts';
import { ticketShown } from './shown.ts';

export const openTicket = preparedCommand({
  summary: 'Prove your identity once more, to run commands for which the policy asks for a ticket.',
  effect: 'write',
  needs: ['proofs', 'digestOf', 'commandsOf'],
  command: {
    name: 'openTicket',
    notRevertible: 'credentials are never reverted',
    open: true,
    ...commands.openTicket,
    examples: [
      { title: 'With the code of an authenticator app', params: { proof: { totp: '492039' } } },
      {
        title: 'For one call of one command',
        params: { proof: { totp: '492039' }, commands: ['deleteWorkspace'], uses: 1 },
      },
    ],
  },
  prepare: async ({ proofs, holder, commandsOf }, { proof, commands: named, minutes, uses }) => {
    const longest = proofs.rules.minutes;
    if (minutes !== undefined && minutes > longest) {
      throw refuse('invalid_params', `minutes must be at most ${longest} here (was: ${minutes})`);
    }
    const only = named && { commands: namedCommands(named, commandsOf) };
    const proved = await proofs.check(holder, proof);
    return { proved, minutes: minutes ?? longest, ...only, ...(uses === undefined ? {} : { usesLeft: uses }) };
  },
  run: async ({ tx, holder, digestOf }, { proved: { kind, at, use }, ...wanted }) => {
    await use(tx);
    const opened = await open(tx, holder, { ...wanted, provedBy: kind, provedAt: at, digestOf });
    return ticketShown(opened, true, (id) => id);
  },
});

/** The commands that these names and groups stand for. @throws command_unknown */
function namedCommands(entries: readonly string[], commandsOf: Dependencies['commandsOf']): readonly string[] {
  const found = entries.flatMap((entry) => {
    const named = commandsOf(entry);
    if (named === undefined) throw refuse('command_unknown', entry);
    return [...named];
  });
  return [...new Set(found)].sort();
}
