import { methods } from '../../base/schemas/generated.ts';
import { resolveType } from '../../domain/modules/resolveType.ts';
import { operation } from '../operation.ts';

export const getJsonschema = operation({
  summary: 'Show the JSON Schema of a type.',
  effect: 'read',
  className: 'Typestring',
  delegated: true,
  method: {
    name: 'Workspace.get_jsonschema',
    auth: 'optional',
    ...methods.get_jsonschema,
    run: async ({ reader, principal }, typestring) => (await resolveType(reader, principal, typestring)).schema,
  },
});
