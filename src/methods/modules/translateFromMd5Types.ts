import { translateFromMd5 } from '../../modules/definitionInfo.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const translateFromMd5Types = method({
  name: 'Workspace.translate_from_MD5_types',
  summary: 'Find the versions of types that MD5s stand for.',
  effect: 'read',
  auth: 'none',
  returnsValue: true,
  delegated: true,
  params: methods.translate_from_MD5_types.params,
  className: 'Types',
  result: methods.translate_from_MD5_types.result,
  run: ({ database }, typestrings) => translateFromMd5(database, typestrings),
});
