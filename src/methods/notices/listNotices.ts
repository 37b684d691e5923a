import { refuse } from '../../errors.ts';
import { listNotices as list } from '../../notices/list.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listNotices = method({
  name: 'Workspace.list_notices',
  summary: 'List what the caller was told of the acts of administrators, the newest first.',
  effect: 'read',
  auth: 'required',
  returnsValue: true,
  params: methods.list_notices.params,
  className: 'ListNoticesParams',
  result: methods.list_notices.result,
  open: true,
  run: ({ database, caller }, params) => {
    if (caller === undefined) throw refuse('token_missing');
    return list(database, caller, params);
  },
});
