import { jsonText } from '../../json/jsonText.ts';
import { getObjects as get } from '../../objects/data.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getObjects = command({
  name: 'getObjects',
  summary: 'Show objects with their data, or the wanted part of it, and where they are from.',
  effect: 'read',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'struct',
  className: 'GetObjects2Params',
  params: commands.getObjects.params,
  result: commands.getObjects.result,
  examples: [
    { title: 'By reference', params: { objects: [{ ref: '1/2' }] } },
    { title: 'A part of the data', params: { objects: [{ ref: '1/2/1', included: ['/features/[*]/id'] }] } },
  ],
  run: async ({ reader, rooms, authority, ownAuthority }, params) => {
    const readership = { who: authority, named: await ownAuthority() };
    return jsonText(await get({ reader, people: rooms.people, files: rooms.files, readership }, params));
  },
});
