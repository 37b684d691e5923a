import { dialects } from '../../base/schemas/generated.ts';
import { useCodeAtSignIn } from '../../identity/secondFactor.ts';
import { openSession as open, SESSION_SECONDS } from '../../identity/sessions.ts';
import { operation } from '../operation.ts';

export const openSession = operation({
  summary: 'Begin a session of the user who has logged in.',
  effect: 'write',
  needs: ['digestOf'],
  method: {
    name: 'Accounts.open_session',
    auth: 'required',
    dialectOnly: true,
    result: dialects.Accounts_open_session.result,
    run: async ({ tx, principal, sentCode: sent, digestOf }) => {
      await useCodeAtSignIn(tx, principal._id, { sent, digestOf });
      return { session: await open(tx, principal._id), seconds: SESSION_SECONDS };
    },
  },
});
