import { listAdminActions as list } from '../../audit/actions.ts';
import { refuse } from '../../base/errors.ts';
import { methods } from '../../base/schemas/generated.ts';
import { idsOf } from '../../identity/genuineAuthority.ts';
import { operation } from '../operation.ts';

export const listAdminActions = operation({
  summary: 'List what administrators did as the caller, to the caller or to what the caller owns, the newest first.',
  effect: 'read',
  method: {
    name: 'Workspace.list_admin_actions',
    auth: 'required',
    ...methods.list_admin_actions,
    open: true,
    run: ({ reader, authority, principal }, params) => {
      if (principal === undefined) throw refuse('token_missing');
      return list(reader, idsOf(authority), params);
    },
  },
});
