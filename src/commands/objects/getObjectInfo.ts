import { getObjectInfo as getInfo } from '../../objects/info.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getObjectInfo = command({
  name: 'getObjectInfo',
  summary: 'Show what there is to say of objects, without their data.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'GetObjectInfo3Params',
  params: commands.getObjectInfo.params,
  result: commands.getObjectInfo.result,
  examples: [
    { title: 'By reference', params: { objects: [{ ref: '1/2' }], includeMetadata: 1 } },
    { title: 'As far as they are there', params: { objects: [{ ref: '1/2' }, { ref: '1/3/1' }], ignoreErrors: 1 } },
  ],
  run: async ({ reader, rooms: { people }, authority, ownAuthority }, params) =>
    getInfo(reader, people, { who: authority, named: await ownAuthority() }, params),
});
