import { countReferencingObjects } from '../../objects/referencing.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listReferencingObjectCounts = method({
  name: 'Workspace.list_referencing_object_counts',
  summary: 'Count what refers to objects.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_referencing_object_counts.params,
  className: 'ObjectIdentities',
  result: methods.list_referencing_object_counts.result,
  deprecated: 'list_referencing_objects',
  run: async ({ database, authority }, params) => countReferencingObjects(database, authority, params),
});
