import { copyItem } from '../../catalog/copy.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const copyCatalogItem = command({
  name: 'copyCatalogItem',
  summary: "Copy an item of Oracle's catalog, with all below it.",
  effect: 'write',
  lane: 'none',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.copyCatalogItem.params,
  result: commands.copyCatalogItem.result,
  examples: [
    {
      title: 'Into another folder',
      params: {
        type: 'workbooks' as const,
        id: '/@Catalog/users/ann/Q4',
        destParentId: '/@Catalog/shared/Sales',
        createIntermediateFolders: true,
      },
    },
  ],
  run: ({ tx, rooms, actor, authority }, params) =>
    copyItem({ tx, people: rooms.people, who: authority, maker: actor.principal }, params),
});
