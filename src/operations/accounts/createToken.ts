import { dialects } from '../../base/schemas/generated.ts';
import { useCodeAtSignIn } from '../../identity/secondFactor.ts';
import { touchPassword } from '../../identity/sessions.ts';
import { operation } from '../operation.ts';

export const createToken = operation({
  summary: 'Make a token for the account of staff that has logged in.',
  effect: 'write',
  needs: ['staffTokens', 'digestOf'],
  method: {
    name: 'Accounts.create_token',
    auth: 'required',
    dialectOnly: true,
    result: dialects.Accounts_create_token.result,
    run: async ({ tx, principal, sentCode: sent, staffTokens, digestOf, now }) => {
      // A caller whose password is changed meanwhile gets no token for the new one.
      await touchPassword(tx, principal._id);
      await useCodeAtSignIn(tx, principal._id, { sent, digestOf });
      return { token: await staffTokens.issue(principal, now, (from, id) => tx.get(from, id)) };
    },
  },
});
