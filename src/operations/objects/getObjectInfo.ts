import { commands, methods } from '../../base/schemas/generated.ts';
import { getObjectInfo as getInfo } from '../../domain/objects/info.ts';
import { operation } from '../operation.ts';

export const getObjectInfo = operation({
  summary: 'Show information about objects, without their data.',
  effect: 'read',
  className: 'GetObjectInfo3Params',
  needs: ['people'],
  command: {
    name: 'getObjectInfo',
    takes: 'struct',
    ...commands.getObjectInfo,
    examples: [
      { title: 'By reference', params: { objects: [{ ref: '1/2' }], includeMetadata: 1 } },
      { title: 'As far as they exist', params: { objects: [{ ref: '1/2' }, { ref: '1/3/1' }], ignoreErrors: 1 } },
    ],
    run: async ({ reader, people, authority, ownAuthority }, params) =>
      getInfo({ reader, people, authority, named: await ownAuthority() }, params),
  },
  method: {
    name: 'Workspace.get_object_info3',
    auth: 'optional',
    ...methods.get_object_info3,
    run: getInfo,
  },
});
