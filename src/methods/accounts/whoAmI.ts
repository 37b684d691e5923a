import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const whoAmI = method({
  name: 'Accounts.who_am_i',
  summary: 'The name of the account that a credential belongs to.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  result: dialects.Accounts_who_am_i.result,
  run: async ({ caller }) => ({ username: caller?.username }),
});
