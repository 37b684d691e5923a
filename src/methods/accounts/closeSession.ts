import { closeSession as close } from '../../identity/sessions.ts';
import { dialects } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const closeSession = method({
  name: 'Accounts.close_session',
  summary: 'End the session that the caller came with.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  dialectOnly: true,
  params: dialects.Accounts_close_session.params,
  className: 'CloseSessionParams',
  result: dialects.Accounts_close_session.result,
  run: ({ tx, caller }, { session }) => close(tx, caller._id, session),
});
