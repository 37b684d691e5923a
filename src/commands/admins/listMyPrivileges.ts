import { principalNames } from '../../identity/directory.ts';
import { wireName } from '../../identity/principal.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const listMyPrivileges = command({
  name: 'listMyPrivileges',
  summary: 'Show what you may run here, as whom, and until when.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'ignored',
  open: true,
  params: commands.listMyPrivileges.params,
  result: commands.listMyPrivileges.result,
  examples: [{ title: 'What may I do?' }],
  run: async ({ reader, rooms, actor: { principal, rank } }) => ({
    user: wireName(principal),
    id: principal._id,
    role: rank.role === 'full' ? 'full' : 'readOnly',
    source: rank.source === 'none' ? 'roster' : rank.source,
    commands: [...rooms.commands.values()].filter((c) => rooms.mayRun(rank, c)).map((c) => c.name),
    ...(rank.as === undefined ? {} : { as: await principalNames(reader, rank.as) }),
    ...(rank.expires === undefined ? {} : { expires: rank.expires.toISOString() }),
  }),
});
