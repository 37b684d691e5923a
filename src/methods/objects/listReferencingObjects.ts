import { listReferencingObjects as list } from '../../objects/referencing.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listReferencingObjects = method({
  name: 'Workspace.list_referencing_objects',
  summary: 'List what refers to objects.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_referencing_objects.params,
  className: 'ObjectIdentities',
  result: methods.list_referencing_objects.result,
  run: async ({ database, people, authority }, params) => list(database, people, authority, params),
});
