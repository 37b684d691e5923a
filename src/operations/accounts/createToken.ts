import { dialects } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const createToken = operation({
  summary: 'Make a token for the account of staff that has logged in.',
  effect: 'read',
  needs: ['staffTokens'],
  method: {
    name: 'Accounts.create_token',
    auth: 'required',
    dialectOnly: true,
    result: dialects.Accounts_create_token.result,
    run: async ({ principal, staffTokens, now, confirm }) => {
      const token = principal && (await staffTokens.issue(principal, now));
      // A caller whose password was changed since they logged in gets no token for the new one.
      await confirm();
      return { token };
    },
  },
});
