import { updateObject } from '../../iiif/save.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const updateIiifObject = command({
  name: 'updateIiifObject',
  summary: 'Change an object of IIIF, and what is sent with it, as an administrator of staff.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  scope: 'iiif',
  params: commands.updateIiifObject.params,
  result: commands.updateIiifObject.result,
  examples: [
    {
      title: 'A manifest',
      params: {
        base: 'https://iiif.example.org',
        type: 'manifest',
        identifier: 'b1',
        object: { ownedBy: ['cataloguer'] },
      },
    },
  ],
  run: ({ tx, actor, authority }, { base, object, ...address }) =>
    updateObject(tx, { who: authority, maker: actor.principal, base }, address, object),
});
