import { commands, methods } from '../../base/schemas/generated.ts';
import { getObjectHistory as getHistory } from '../../domain/objects/info.ts';
import { operation } from '../operation.ts';

export const getObjectHistory = operation({
  summary: 'Show every version of an object, the oldest first.',
  effect: 'read',
  className: 'ObjectIdentity',
  needs: ['people'],
  command: {
    name: 'getObjectHistory',
    takes: 'struct',
    ...commands.getObjectHistory,
    examples: [{ title: 'By names', params: { workspace: 'auser:genomes', name: 'ecoli' } }],
  },
  method: {
    name: 'Workspace.get_object_history',
    auth: 'optional',
    ...methods.get_object_history,
  },
  run: getHistory,
});
