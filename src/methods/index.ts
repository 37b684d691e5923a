import { getAdminRole } from './getAdminRole.ts';
import type { Method } from './method.ts';
import { status } from './status.ts';
import { ver } from './ver.ts';

/** Every ordinary method there is. A new one takes a line here. */
export const allMethods: readonly Method[] = [getAdminRole, status, ver];
