import { dialects } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const whoAmI = operation({
  summary: 'The name of the account that a credential belongs to.',
  effect: 'read',
  method: {
    name: 'Accounts.who_am_i',
    auth: 'required',
    dialectOnly: true,
    result: dialects.Accounts_who_am_i.result,
    run: async ({ principal }) => ({ username: principal?.username }),
  },
});
