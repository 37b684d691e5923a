import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const explain = operation({
  summary:
    'Say whether a call would be let through, by which rule, what it needs, and what depends on what you left out.',
  effect: 'read',
  command: {
    name: 'explain',
    open: true,
    undeniable: 'unlessFor',
    ...commands.explain,
    examples: [
      { title: 'May I lock workspaces at all?', params: { command: 'lockWorkspace' } },
      {
        title: 'May I list the workspaces of a user?',
        params: { command: 'listWorkspaces', user: 'auser', params: {} },
      },
    ],
    run: ({ privileges }, question) => privileges.explain(question),
  },
});
