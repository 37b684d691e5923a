import { openSession as open, SESSION_SECONDS } from '../../identity/sessions.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const openSession = method({
  name: 'Accounts.open_session',
  summary: 'Begin a session of the user that has logged in.',
  effect: 'write',
  auth: 'required',
  returnsValue: true,
  dialectOnly: true,
  result: dialects.Accounts_open_session.result,
  run: async ({ tx, caller }) => ({ session: await open(tx, caller._id), seconds: SESSION_SECONDS }),
});
