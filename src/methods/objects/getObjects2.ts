import { jsonText } from '../../json/jsonText.ts';
import { getObjects } from '../../objects/data.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';
import { sourceFor } from './source.ts';

export const getObjects2 = method({
  name: 'Workspace.get_objects2',
  summary: 'Show objects with their data, or the wanted part of it, and where they are from.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_objects2.params,
  className: 'GetObjects2Params',
  result: methods.get_objects2.result,
  run: async (ctx, params) => jsonText(await getObjects(sourceFor(ctx, ctx.authority), params)),
});
