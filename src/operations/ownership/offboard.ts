import { refuse } from '../../base/errors.ts';
import { commands } from '../../base/schemas/generated.ts';
import { offboard as begin } from '../../domain/ownership/offboard.ts';
import { jobView } from '../../jobs/view.ts';
import { REVERTED_AS_JOB } from '../declared.ts';
import { operation } from '../operation.ts';

export const offboard = operation({
  summary: 'Off-board a user: move all they own, remove their rights, roles and friends, and close their account.',
  effect: 'write',
  long: true,
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'offboard',
    confirm: { typed: 'user' },
    beginsJob: true,
    notRevertible: REVERTED_AS_JOB,
    user: 'target',
    ...commands.offboard,
    examples: [{ title: 'To the head of the group', user: 'ann', params: { to: 'bob' } }],
    run: async ({ tx, rules, actor, user, initiator, authority, planned }, params) => {
      if (user === null || user === undefined) throw refuse('user_null');
      return jobView(await begin(tx, { rules, actor, initiator, authority, planned }, { ...params, user }));
    },
  },
});
