import { method } from '../method.ts';

export const whoAmI = method({
  name: 'Accounts.who_am_i',
  summary: 'The name of the account that a credential belongs to.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  run: async ({ caller }) => ({ username: caller?.username }),
});
