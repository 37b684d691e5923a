import { methods } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

const KBASE_ROLE = { none: 'none', bootstrap: 'none', readOnly: 'read', full: 'full' } as const;

export const getAdminRole = operation({
  summary: "Show the caller's administrator role: none, read or full.",
  effect: 'read',
  method: {
    name: 'Workspace.get_admin_role',
    auth: 'required',
    result: methods.get_admin_role.result,
    open: true,
    run: async ({ rank }) => ({ adminrole: KBASE_ROLE[(await rank()).role] }),
  },
});
