import { commands } from '../../base/schemas/generated.ts';
import { changeOwnership as change } from '../../domain/ownership/changeOwnership.ts';
import { operation } from '../operation.ts';

export const changeOwnership = operation({
  summary: 'Make a user or a role the owner of one resource.',
  effect: 'write',
  lane: 'owners',
  command: {
    name: 'changeOwnership',
    ...commands.changeOwnership,
    examples: [
      {
        title: 'A workbook to a colleague',
        params: { type: 'workbooks', id: '/@Catalog/shared/Sales/Q4', accountType: 'User', owner: 'bob' },
      },
    ],
    run: ({ tx, authority }, params) => change(tx, authority, params),
  },
});
