import { getObjectMetadata } from '../../objects/metadata.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { authorityOr } from '../workspaces/authorityOr.ts';

export const getObjectmeta = method({
  name: 'Workspace.get_objectmeta',
  summary: 'Show what there is to say of an object, shortly.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_objectmeta.params,
  className: 'GetObjectmetaParams',
  result: methods.get_objectmeta.result,
  deprecated: 'get_object_info3',
  run: async (ctx, { auth, ...named }) => {
    const who = await authorityOr(ctx, auth);
    return getObjectMetadata(ctx.database, ctx.people, who, named);
  },
});
