import { jsonText } from '../../json/jsonText.ts';
import { dataOf } from '../../objects/data.ts';
import { wantedChains } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { sourceFor } from './source.ts';

export const getReferencedObjects = method({
  name: 'Workspace.get_referenced_objects',
  summary: 'Show objects by chains of references that lead to them.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_referenced_objects.params,
  className: 'refChains',
  result: methods.get_referenced_objects.result,
  deprecated: 'get_objects2',
  run: async (ctx, params) =>
    jsonText(await dataOf(sourceFor(ctx, ctx.authority), wantedChains(params), { withData: true })),
});
