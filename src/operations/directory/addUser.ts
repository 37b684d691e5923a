import { commands } from '../../base/schemas/generated.ts';
import { addUser as add } from '../../identity/directory.ts';
import { operation } from '../operation.ts';

export const addUser = operation({
  summary: 'Register a user before their first sign-in, by name or by the subject of their tokens.',
  effect: 'write',
  needs: ['rules', 'issuer'],
  command: {
    name: 'addUser',
    user: 'target',
    ...commands.addUser,
    examples: [
      { title: 'A service account', user: 'portal', params: { kind: 'service', email: 'portal@example.org' } },
    ],
    run: ({ tx, rules, issuer, actor, user }, more) => add(tx, { rules, actor }, { ...more, user, issuer }),
  },
});
