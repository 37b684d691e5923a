import { changeOwnership as change } from '../../ownership/changeOwnership.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const changeOwnership = command({
  name: 'changeOwnership',
  summary: 'Make a user or a role the owner of one resource.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'closed',
  params: commands.changeOwnership.params,
  result: commands.changeOwnership.result,
  examples: [
    {
      title: 'A workbook to a colleague',
      params: { type: 'workbooks', id: '/@Catalog/shared/Sales/Q4', accountType: 'User', owner: 'bob' },
    },
  ],
  run: ({ tx, authority }, params) => change(tx, authority, params),
});
