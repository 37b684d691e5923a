import { commands } from '../../base/schemas/generated.ts';
import { resumeJob as resume } from '../../jobs/control.ts';
import { jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const resumeJob = operation({
  summary: 'Resume a paused or failed job, in your name.',
  effect: 'write',
  command: {
    name: 'resumeJob',
    notRevertible: 'pauseJob pauses the job again',
    ...commands.resumeJob,
    examples: [{ title: 'One job', params: { id: '6b04e15c3413ffb9138e1bc4' } }],
    run: async ({ tx, initiator }, { id }) => jobView(await resume(tx, initiator, id)),
  },
});
