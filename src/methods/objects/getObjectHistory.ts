import { asCaller } from '../../access/actingAs.ts';
import { getObjectHistory as getHistory } from '../../objects/info.ts';
import { commands } from '../../schemas/generated.ts';
import { method } from '../method.ts';

export const getObjectHistory = method({
  name: 'Workspace.get_object_history',
  summary: 'Show every version of an object, the oldest first.',
  effect: 'read',
  auth: 'optional',
  returnsValue: true,
  params: commands.getObjectHistory.params,
  className: 'ObjectIdentity',
  result: commands.getObjectHistory.result,
  run: ({ database, people, caller }, params) => getHistory(database, people, asCaller(caller), params),
});
