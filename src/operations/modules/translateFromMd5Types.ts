import { methods } from '../../base/schemas/generated.ts';
import { translateFromMd5 } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const translateFromMd5Types = operation({
  summary: 'Find the versions of types that have these MD5s.',
  effect: 'read',
  className: 'Types',
  delegated: true,
  method: {
    name: 'Workspace.translate_from_MD5_types',
    auth: 'none',
    ...methods.translate_from_MD5_types,
    run: ({ reader }, typestrings) => translateFromMd5(reader, typestrings),
  },
});
