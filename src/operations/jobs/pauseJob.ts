import { commands } from '../../base/schemas/generated.ts';
import { pauseJob as stop } from '../../jobs/control.ts';
import { jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const pauseJob = operation({
  summary: 'Pause a running job after its present step.',
  effect: 'write',
  command: {
    name: 'pauseJob',
    notRevertible: 'resumeJob continues the job',
    ...commands.pauseJob,
    examples: [{ title: 'One job', params: { id: '6b04e15c3413ffb9138e1bc4' } }],
    run: async ({ tx }, { id }) => jobView(await stop(tx, id)),
  },
});
