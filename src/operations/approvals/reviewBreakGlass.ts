import { commands } from '../../base/schemas/generated.ts';
import { reviewBreakGlass as review } from '../../identity/breakGlass.ts';
import { operation } from '../operation.ts';

export const reviewBreakGlass = operation({
  summary: "Record the review of somebody else's use of break-glass, after which they can go on.",
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'reviewBreakGlass',
    notRevertible: 'break-glass is reviewed, not reverted',
    user: 'target',
    reserved: true,
    withoutApproval: true,
    ...commands.reviewBreakGlass,
    examples: [
      {
        title: 'Justified',
        user: 'lolcats',
        params: { verdict: 'justified' as const, comment: 'the disk was full; two workspaces were locked' },
      },
    ],
    run: async ({ tx, rules, actor, user }, { verdict }) => {
      await review(tx, { rules, actor }, { user, verdict });
      return null;
    },
  },
});
