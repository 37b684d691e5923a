import { commands } from '../../base/schemas/generated.ts';
import { breakGlass as lift } from '../../identity/breakGlass.ts';
import { operation } from '../operation.ts';

export const breakGlass = operation({
  summary:
    'In an emergency, lift for a short time what the policy requires of you; somebody else reviews it afterwards.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules', 'breakGlassMinutes'],
  command: {
    name: 'breakGlass',
    notRevertible: 'break-glass is reviewed, not reverted',
    reserved: true,
    onlyByRule: true,
    withoutApproval: true,
    ...commands.breakGlass,
    examples: [{ title: 'At night', params: { reason: 'the disk is filling up and nobody answers' } }],
    run: async ({ tx, rules, actor, breakGlassMinutes: minutes }, { reason }) => {
      const { id, until } = await lift(tx, { rules, actor }, { reason, minutes });
      return { id, until: until.toISOString() };
    },
  },
});
