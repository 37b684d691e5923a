import { createObject } from '../../iiif/save.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const createIiifObject = command({
  name: 'createIiifObject',
  summary: 'Make an object of IIIF with all that it carries, as an administrator of staff.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  scope: 'iiif',
  params: commands.createIiifObject.params,
  result: commands.createIiifObject.result,
  examples: [
    {
      title: 'A manifest',
      params: { base: 'https://iiif.example.org', type: 'manifest', identifier: 'b1', object: { label: 'Book 1' } },
    },
  ],
  run: ({ tx, actor, authority }, { base, object, ...address }) =>
    createObject(tx, { who: authority, maker: actor.principal, base }, address, object),
});
