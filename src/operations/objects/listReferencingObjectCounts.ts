import { methods } from '../../base/schemas/generated.ts';
import { countReferencingObjects } from '../../domain/objects/referencing.ts';
import { operation } from '../operation.ts';

export const listReferencingObjectCounts = operation({
  summary: 'Count the objects that refer to objects.',
  effect: 'read',
  className: 'ObjectIdentities',
  method: {
    name: 'Workspace.list_referencing_object_counts',
    auth: 'optional',
    ...methods.list_referencing_object_counts,
    deprecated: 'list_referencing_objects',
    run: async ({ reader, authority }, params) => countReferencingObjects(reader, authority, params),
  },
});
