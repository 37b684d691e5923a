import { translateToMd5 } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const translateToMd5Types = method({
  name: 'Workspace.translate_to_MD5_types',
  summary: 'Find the MD5s that stand for versions of types.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.translate_to_MD5_types.params,
  className: 'Types',
  result: methods.translate_to_MD5_types.result,
  run: ({ database, caller }, typestrings) => translateToMd5(database, caller, typestrings),
});
