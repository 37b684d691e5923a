import { jsonText } from '../../json/jsonText.ts';
import { dataOf } from '../../objects/data.ts';
import { wantedParts } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { sourceFor } from './source.ts';

export const getObjectSubset = method({
  name: 'Workspace.get_object_subset',
  summary: 'Show the wanted parts of objects.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_subset.params,
  className: 'SubObjectIdentities',
  result: methods.get_object_subset.result,
  deprecated: 'get_objects2',
  run: async (ctx, params) =>
    jsonText(await dataOf(sourceFor(ctx, ctx.authority), wantedParts(params), { withData: true })),
});
