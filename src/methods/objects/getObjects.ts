import { jsonText } from '../../json/jsonText.ts';
import { dataOf } from '../../objects/data.ts';
import { objectIdentifiersOf } from '../../objects/identify.ts';
import { wantedAlone } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { sourceFor } from './source.ts';

export const getObjects = method({
  name: 'Workspace.get_objects',
  summary: 'Show objects with their data.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_objects.params,
  className: 'ObjectIdentities',
  result: methods.get_objects.result,
  deprecated: 'get_objects2',
  run: async (ctx, params) => {
    const wanted = objectIdentifiersOf(params).map(wantedAlone);
    return jsonText(await dataOf(sourceFor(ctx, ctx.authority), wanted, { withData: true }));
  },
});
