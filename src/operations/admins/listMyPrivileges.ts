import { defined } from '../../base/defined.ts';
import { commands, type ListMyPrivileges } from '../../base/schemas/generated.ts';
import { rolesShown } from '../../identity/admins.ts';
import { principalNames } from '../../identity/directory.ts';
import { idAndName, type Principal, wireName } from '../../identity/principal.ts';
import type { Rank } from '../../identity/rank.ts';
import type { Reader } from '../../store/collection.ts';
import { operation } from '../operation.ts';

export const listMyPrivileges = operation({
  summary: 'Show what you may run here, as whom, and until when.',
  effect: 'read',
  needs: ['declaredCommands'],
  command: {
    name: 'listMyPrivileges',
    open: true,
    undeniable: true,
    ...commands.listMyPrivileges,
    examples: [{ title: 'What may I do?' }],
    run: async ({ reader, declaredCommands, privileges, actor: { principal, rank, delegate } }) => {
      const mayRun = await privileges.mayRun();
      return defined({
        user: wireName(principal),
        id: principal._id,
        through: delegate && idAndName(delegate),
        ...roleShown(rank),
        commands: declaredCommands.filter((c) => mayRun(c)).map((c) => c.name),
        as: await limitOf(reader, principal, rank),
        expires: rank.expires?.toISOString(),
        ...(await privileges.rules()),
      });
    },
  },
});

/** `none` if the caller has only what rules of the policy give. */
function roleShown({ role, source }: Rank): Pick<ListMyPrivileges['result'], 'role' | 'source'> {
  if (role === 'none') return { role, source: 'policy' };
  return { role: role === 'full' ? 'full' : 'readOnly', source: source === 'none' ? 'roster' : source };
}

/** The users to act as. A service that acts for a user cannot act as another one. */
async function limitOf(reader: Reader, principal: Principal, rank: Rank): Promise<string[] | undefined> {
  if (rank.through !== undefined) return [wireName(principal)];
  return rank.as && [...(await principalNames(reader, rank.as)), ...rolesShown(rank)];
}
