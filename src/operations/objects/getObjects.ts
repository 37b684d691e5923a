import { jsonText } from '../../base/json/jsonText.ts';
import { commands, methods } from '../../base/schemas/generated.ts';
import { getObjects as get } from '../../domain/objects/data.ts';
import { operation } from '../operation.ts';

export const getObjects = operation({
  summary: 'Show objects with their data, or selected parts of it, and their provenance.',
  effect: 'read',
  long: true,
  className: 'GetObjects2Params',
  needs: ['people', 'files'],
  command: {
    name: 'getObjects',
    takes: 'struct',
    ...commands.getObjects,
    examples: [
      { title: 'By reference', params: { objects: [{ ref: '1/2' }] } },
      { title: 'A part of the data', params: { objects: [{ ref: '1/2/1', included: ['/features/[*]/id'] }] } },
    ],
    run: async ({ reader, people, files, authority, ownAuthority }, params) =>
      jsonText(await get({ reader, people, files, authority, named: await ownAuthority() }, params)),
  },
  method: {
    name: 'Workspace.get_objects2',
    auth: 'optional',
    ...methods.get_objects2,
    run: async (call, params) => jsonText(await get(call, params)),
  },
});
