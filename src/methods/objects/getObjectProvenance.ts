import { jsonText } from '../../json/jsonText.ts';
import { dataOf } from '../../objects/data.ts';
import { objectIdentifiersOf } from '../../objects/identify.ts';
import { wantedAlone } from '../../objects/specification.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { sourceFor } from './source.ts';

export const getObjectProvenance = method({
  name: 'Workspace.get_object_provenance',
  summary: 'Show where objects are from.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_provenance.params,
  className: 'ObjectIdentities',
  result: methods.get_object_provenance.result,
  deprecated: 'get_objects2',
  run: async (ctx, params) => {
    const wanted = objectIdentifiersOf(params).map(wantedAlone);
    const found = await dataOf(sourceFor(ctx, ctx.authority), wanted, { withData: false });
    return jsonText(found.map((object) => ({ ...object, path: undefined })));
  },
});
