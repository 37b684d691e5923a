import { methods } from '../../base/schemas/generated.ts';
import { translateToMd5 } from '../../domain/modules/definitionInfo.ts';
import { operation } from '../operation.ts';

export const translateToMd5Types = operation({
  summary: 'Find the MD5s of versions of types.',
  effect: 'read',
  className: 'Types',
  delegated: true,
  method: {
    name: 'Workspace.translate_to_MD5_types',
    auth: 'optional',
    ...methods.translate_to_MD5_types,
    run: ({ reader, principal }, typestrings) => translateToMd5(reader, principal, typestrings),
  },
});
