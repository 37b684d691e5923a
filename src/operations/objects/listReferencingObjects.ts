import { methods } from '../../base/schemas/generated.ts';
import { listReferencingObjects as list } from '../../domain/objects/referencing.ts';
import { operation } from '../operation.ts';

export const listReferencingObjects = operation({
  summary: 'List the objects that refer to objects.',
  effect: 'read',
  className: 'ObjectIdentities',
  needs: ['people'],
  method: {
    name: 'Workspace.list_referencing_objects',
    auth: 'optional',
    ...methods.list_referencing_objects,
    run: list,
  },
});
