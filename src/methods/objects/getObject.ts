import { jsonText } from '../../json/jsonText.ts';
import { getObjectWithMetadata } from '../../objects/metadata.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { authorityOr } from '../workspaces/authorityOr.ts';
import { sourceFor } from './source.ts';

export const getObject = method({
  name: 'Workspace.get_object',
  summary: 'Show an object with its data, shortly.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object.params,
  className: 'GetObjectParams',
  result: methods.get_object.result,
  deprecated: 'get_objects2',
  run: async (ctx, { auth, ...named }) => {
    const source = sourceFor(ctx, await authorityOr(ctx, auth));
    return jsonText(await getObjectWithMetadata(source, named));
  },
});
