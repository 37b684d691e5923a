import { commands } from '../../base/schemas/generated.ts';
import { cancelJob as stop } from '../../jobs/control.ts';
import { jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const cancelJob = operation({
  summary: 'Cancel a job; revertJob can revert what it did.',
  effect: 'write',
  command: {
    name: 'cancelJob',
    notRevertible: 'a cancelled job does not go on; revertJob reverts what it did',
    ...commands.cancelJob,
    examples: [{ title: 'One job', params: { id: '6b04e15c3413ffb9138e1bc4' } }],
    run: async ({ tx }, { id }) => jobView(await stop(tx, id)),
  },
});
