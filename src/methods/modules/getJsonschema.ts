import { resolveType } from '../../modules/resolveType.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getJsonschema = method({
  name: 'Workspace.get_jsonschema',
  summary: 'Show the JSON Schema of a type.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  delegated: true,
  params: methods.get_jsonschema.params,
  className: 'Typestring',
  result: methods.get_jsonschema.result,
  run: async ({ database, caller }, typestring) => (await resolveType(database, caller, typestring)).schema,
});
