import { commands } from '../../base/schemas/generated.ts';
import { listJobs as list } from '../../jobs/view.ts';
import { operation } from '../operation.ts';

export const listJobs = operation({
  summary: 'List the jobs, the newest first, a page at a time.',
  effect: 'read',
  command: {
    name: 'listJobs',
    ...commands.listJobs,
    examples: [{ title: 'Running jobs', params: { state: 'running' } }],
    run: ({ reader }, params) => list(reader, params),
  },
});
