import { moveItem } from '../../catalog/move.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const moveCatalogItem = command({
  name: 'moveCatalogItem',
  summary: "Move an item of Oracle's catalog, with all below it, into another folder or to another name.",
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.moveCatalogItem.params,
  result: commands.moveCatalogItem.result,
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
    moveItem({ tx, people: rooms.people, who: authority, maker: actor.principal }, params),
});
