import { dialects } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const createToken = operation({
  summary: 'A token for the account of staff that has logged in.',
  effect: 'read',
  needs: ['staffTokens'],
  method: {
    name: 'Accounts.create_token',
    auth: 'required',
    returnsValue: true,
    dialectOnly: true,
    result: dialects.Accounts_create_token.result,
    run: async ({ principal, staffTokens, now, confirm }) => {
      const token = principal && (await staffTokens.issue(principal, now));
      // Whoever logged in with a password that was changed meanwhile gets no token of the new one.
      await confirm();
      return { token };
    },
  },
});
