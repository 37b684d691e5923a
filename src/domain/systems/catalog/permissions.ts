import { refuse } from '../../../base/errors.ts';
import type { CatalogPermissions } from '../../../base/schemas/generated.ts';
import type { GrantLevel } from '../../resources/resource.ts';

/** Oracle's permissions as levels of grants: each is one of the sets that its own pages offer. */

const READ = { read: true, list: true, execute: true };
const NOTHING = {
  ...{ read: false, write: false, delete: false, list: false, execute: false },
  ...{ changePermission: false, takeOwnership: false },
};
const SHOWN: Readonly<Record<GrantLevel, Required<CatalogPermissions>>> = {
  read: { ...NOTHING, ...READ },
  write: { ...NOTHING, ...READ, write: true },
  admin: { ...NOTHING, ...READ, write: true, changePermission: true },
};

/** What a level allows. Only owners delete an item, and only administrators give it to another owner. */
export const permissionsOf = (level: GrantLevel): CatalogPermissions => SHOWN[level];

/**
 * The level for these permissions: `read`, plus `write`, plus `changePermission`. `list` and `execute` are part of
 * `read`; no level includes `delete` or `takeOwnership`. Undefined if none is set.
 *
 * @throws invalid_params when no level allows exactly what is set
 */
export function levelOf(permissions: CatalogPermissions, account: string): GrantLevel | undefined {
  const { read = false, write = false, changePermission = false } = permissions;
  if (!Object.values(permissions).some((isSet) => isSet)) return undefined;
  const isLevel = read && (write || !changePermission);
  if (isLevel) return changePermission ? 'admin' : write ? 'write' : 'read';
  throw refuse(
    'invalid_params',
    `The permissions of ${account} must have read where any is set, and write where changePermission is: ` +
      'an item can be read, be read and written, or be shared as well',
  );
}
