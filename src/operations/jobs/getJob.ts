import { commands } from '../../base/schemas/generated.ts';
import { jobById, jobItems, jobView } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const getJob = operation({
  summary: 'Show a job: its progress, and the outcome of each item.',
  effect: 'read',
  command: {
    name: 'getJob',
    ...commands.getJob,
    examples: [
      { title: 'Its progress', params: { id: '6b04e15c3413ffb9138e1bc4' } },
      {
        title: 'What could not be moved, and why',
        params: { id: '6b04e15c3413ffb9138e1bc4', items: { outcome: 'failed' } },
      },
    ],
    run: async ({ reader }, { id, items }) => {
      const job = await jobById(reader, id);
      const view = jobView(job);
      return items === undefined ? view : { ...view, ...(await jobItems(reader, job, items)) };
    },
  },
});
