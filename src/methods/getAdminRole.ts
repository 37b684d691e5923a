import { methods } from '../schemas/generated.ts';
import { method } from './method.ts';

const KBASE_ROLE = { none: 'none', readOnly: 'read', full: 'full' } as const;

export const getAdminRole = method({
  effect: 'read',
  name: 'Workspace.get_admin_role',
  summary: "The caller's administrator role: none, read or full.",
  auth: 'required',
  returnsValue: true,
  result: methods.get_admin_role.result,
  open: true,
  run: async ({ rank }) => ({ adminrole: KBASE_ROLE[(await rank()).role] }),
});
