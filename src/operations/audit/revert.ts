import { commands } from '../../base/schemas/generated.ts';
import { callsOfRevert, revertRecord } from '../../domain/ownership/revertRecord.ts';
import { operation } from '../operation.ts';

export const revert = operation({
  summary: 'Revert what one audit record changed, if nothing of it has changed since.',
  effect: 'write',
  needs: ['rules'],
  command: {
    name: 'revert',
    reserved: true,
    ...commands.revert,
    implies: (reader, { record }, now) => callsOfRevert(reader, { record, now }),
    examples: [{ title: 'What a receipt names', params: { record: '6b04e15c3413ffb9138e1bc4-0' } }],
    run: ({ tx, rules, actor, authority, privileges }, { record }) =>
      revertRecord(
        {
          tx,
          by: { rules, actor },
          authority,
          mayGive: (receiver, limits) => privileges.assertMayGive(receiver, limits),
          mayChangeRole: (name) => privileges.assertMayChangeRole(name),
        },
        record,
      ),
  },
});
