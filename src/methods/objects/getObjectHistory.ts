import { getObjectHistory as getHistory } from '../../objects/info.ts';
import { methods } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObjectHistory = method({
  name: 'Workspace.get_object_history',
  summary: 'Show every version of an object, the oldest first.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: methods.get_object_history.params,
  className: 'ObjectIdentity',
  result: methods.get_object_history.result,
  run: async ({ database, people, authority }, params) => getHistory(database, people, authority, params),
});
