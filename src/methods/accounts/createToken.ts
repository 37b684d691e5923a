import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const createToken = method({
  name: 'Accounts.create_token',
  summary: 'A token for the account of staff that has logged in.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  result: dialects.Accounts_create_token.result,
  run: async ({ caller, staffTokens, now, confirm }) => {
    const token = caller && (await staffTokens.issue(caller, now()));
    // Whoever logged in with a password that was changed meanwhile gets no token of the new one.
    await confirm();
    return { token };
  },
});
