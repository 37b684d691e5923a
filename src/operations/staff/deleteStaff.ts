import { commands } from '../../base/schemas/generated.ts';
import { leftBehind } from '../../domain/ownership/leftBehind.ts';
import { deleteStaff as remove } from '../../identity/staff.ts';
import { operation } from '../operation.ts';

export const deleteStaff = operation({
  summary: 'Close an account of staff for ever and free its name.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'deleteStaff',
    confirm: { typed: 'id' },
    notRevertible: 'credentials are never reverted',
    reserved: true,
    scope: 'iiif',
    ...commands.deleteStaff,
    examples: [{ title: 'Who has left', params: { id: '0b6e9420-f33c-4c5a-80a5-47261654b63d' } }],
    run: async ({ tx, rules, actor }, { id }) => {
      const closed = await remove(tx, { rules, actor }, id);
      for (const left of await leftBehind(tx, { id: closed.id, name: closed.user })) tx.remark(left);
      return null;
    },
  },
});
