import { methods } from '../../base/schemas/generated.ts';
import { alterAdminMetadata } from '../../domain/objects/adminMeta.ts';
import { operation } from '../operation.ts';

export const alterAdminObjectMetadata = operation({
  summary: 'Change the metadata of objects that only administrators may set.',
  effect: 'write',
  className: 'AlterAdminObjectMetadataParams',
  method: {
    name: 'Workspace.alter_admin_object_metadata',
    auth: 'required',
    returnsValue: false,
    ...methods.alter_admin_object_metadata,
    authority: 'administrator',
    run: async ({ tx, authority }, params) => {
      await alterAdminMetadata(tx, authority, params);
    },
  },
});
