import { listObjects as list } from '../../objects/list.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const listObjects = method({
  name: 'Workspace.list_objects',
  summary: 'List the objects of workspaces that the caller can read.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.list_objects.params,
  className: 'ListObjectsParams',
  result: methods.list_objects.result,
  run: async ({ database, people, authority }, params) => list(database, people, authority, params),
});
