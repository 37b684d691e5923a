import { createFolder as create } from '../../catalog/folder.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const createFolder = command({
  name: 'createFolder',
  summary: "Make a folder in another of Oracle's catalog.",
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.createFolder.params,
  result: commands.createFolder.result,
  examples: [
    { title: 'A folder', params: { name: 'Q4', parentId: '/@Catalog/shared/Sales' } },
    {
      title: 'With those above it',
      params: { id: '/@Catalog/shared/Sales/2024/Q4', createIntermediateFolders: true },
    },
  ],
  run: ({ tx, rooms, actor, authority }, params) =>
    create({ tx, people: rooms.people, who: authority, maker: actor.principal }, params),
});
