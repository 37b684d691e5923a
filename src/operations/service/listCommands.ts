import { defined } from '../../base/defined.ts';
import { commands } from '../../base/schemas/generated.ts';
import { schemaOf } from '../../base/schemas/validator.ts';
import { operation } from '../operation.ts';

export const listCommands = operation({
  summary: 'List every command with what it does, whether you may run it, and the shapes of its parameters and result.',
  effect: 'read',
  needs: ['declaredCommands'],
  command: {
    name: 'listCommands',
    open: true,
    ...commands.listCommands,
    examples: [{ title: 'All commands' }],
    run: async ({ declaredCommands, privileges }) => {
      const mayRun = await privileges.mayRun();
      return declaredCommands.map((c) => ({
        name: c.name,
        summary: c.summary,
        effect: c.effect,
        user: c.user,
        allowed: mayRun(c),
        ...defined({ notRevertible: c.notRevertible }),
        params: schemaOf(c.params),
        result: schemaOf(c.result),
      }));
    },
  },
});
