import { commands } from '../../schemas/generated.ts';
import { schemaOf } from '../../schemas/validator.ts';
import { command } from '../command.ts';

export const listCommands = command({
  name: 'listCommands',
  summary: 'List every command with what it does, whether you may run it, and the shapes of its parameters and result.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'closed',
  open: true,
  params: commands.listCommands.params,
  result: commands.listCommands.result,
  examples: [{ title: 'All commands' }],
  run: async ({ rooms, actor }) =>
    [...rooms.commands.values()].map((c) => ({
      name: c.name,
      summary: c.summary,
      effect: c.effect,
      user: c.user,
      allowed: rooms.mayRun(actor.rank, c),
      params: schemaOf(c.params),
      result: schemaOf(c.result),
    })),
});
