import { defined } from '../../base/defined.ts';
import { methods } from '../../base/schemas/generated.ts';
import { asUser } from '../../identity/genuineAuthority.ts';
import { idAndName, wireName } from '../../identity/principal.ts';
import { roleName, rolesByIds } from '../../identity/roles.ts';
import { operation } from '../operation.ts';

export const showCaller = operation({
  summary: 'Show who you are: your name, your roles, whether you are an administrator, and when your token expires.',
  effect: 'read',
  method: {
    name: 'Session.who_am_i',
    auth: 'required',
    open: true,
    ...methods.Session_who_am_i,
    run: async ({ reader, authority, delegate, rank, mayAdminister, tokenExpiresAt }) => {
      const { principal, roles: ids } = asUser(authority);
      const roles = await rolesByIds(reader, ids);
      const { role } = await rank();
      return defined({
        user: wireName(principal),
        id: principal._id,
        kind: principal.kind,
        through: delegate && idAndName(delegate),
        roles: roles.map(roleName).sort(),
        role: role === 'bootstrap' ? 'none' : role,
        mayAdminister: await mayAdminister(),
        expires: tokenExpiresAt?.toISOString(),
      });
    },
  },
});
