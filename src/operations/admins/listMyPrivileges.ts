import { defined } from '../../base/defined.ts';
import { commands } from '../../base/schemas/generated.ts';
import { rolesShown } from '../../identity/admins.ts';
import { principalNames } from '../../identity/directory.ts';
import { idAndName, type Principal, wireName } from '../../identity/principal.ts';
import type { Rank } from '../../identity/rank.ts';
import type { Reader } from '../../store/collection.ts';
import { operation } from '../operation.ts';

export const listMyPrivileges = operation({
  summary: 'Show what you may run here, as whom, and until when.',
  effect: 'read',
  needs: ['declaredCommands', 'mayRun'],
  command: {
    name: 'listMyPrivileges',
    open: true,
    ...commands.listMyPrivileges,
    examples: [{ title: 'What may I do?' }],
    run: async ({ reader, declaredCommands, mayRun, actor: { principal, rank, delegate } }) =>
      defined({
        user: wireName(principal),
        id: principal._id,
        through: delegate && idAndName(delegate),
        role: rank.role === 'full' ? 'full' : 'readOnly',
        source: rank.source === 'none' ? 'roster' : rank.source,
        commands: declaredCommands.filter((c) => mayRun(rank, c)).map((c) => c.name),
        as: await limitOf(reader, principal, rank),
        expires: rank.expires?.toISOString(),
      }),
  },
});

/** The users to act as. A service that acts for a user cannot act as another one. */
async function limitOf(reader: Reader, principal: Principal, rank: Rank): Promise<string[] | undefined> {
  if (rank.through !== undefined) return [wireName(principal)];
  return rank.as && [...(await principalNames(reader, rank.as)), ...rolesShown(rank)];
}
