import { alterAdminMetadata } from '../../objects/adminMeta.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const alterAdminObjectMetadata = method({
  name: 'Workspace.alter_admin_object_metadata',
  summary: 'Change what only administrators say of objects.',
  effect: 'write',
  auth: 'required',
  returnsValue: false,
  params: methods.alter_admin_object_metadata.params,
  className: 'AlterAdminObjectMetadataParams',
  result: methods.alter_admin_object_metadata.result,
  run: async ({ tx, administrator }, params) => {
    await alterAdminMetadata(tx, await administrator(), params);
  },
});
