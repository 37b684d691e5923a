import { dialects } from '../../base/schemas/generated.ts';
import { closeSession as close } from '../../identity/sessions.ts';
import { operation } from '../operation.ts';

export const closeSession = operation({
  summary: 'End the session of the caller.',
  effect: 'write',
  className: 'CloseSessionParams',
  method: {
    name: 'Accounts.close_session',
    auth: 'required',
    returnsValue: false,
    dialectOnly: true,
    params: dialects.Accounts_close_session.params,
    result: dialects.Accounts_close_session.result,
    run: ({ tx, principal }, { session }) => close(tx, principal._id, session),
  },
});
