import { refuse } from '../../base/errors.ts';
import { methods } from '../../base/schemas/generated.ts';
import { listNotices as list } from '../../notices/list.ts';
import { operation } from '../operation.ts';

export const listNotices = operation({
  summary: "List the caller's notices about acts of administrators, the newest first.",
  effect: 'read',
  className: 'ListNoticesParams',
  method: {
    name: 'Workspace.list_notices',
    auth: 'required',
    ...methods.list_notices,
    open: true,
    run: ({ reader, principal }, params) => {
      if (principal === undefined) throw refuse('token_missing');
      return list(reader, principal, params);
    },
  },
});
