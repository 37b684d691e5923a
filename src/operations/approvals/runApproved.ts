import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const runApproved = operation({
  summary: 'Run what you asked to run, now that it is approved.',
  effect: 'write',
  command: {
    name: 'runApproved',
    open: true,
    withoutApproval: true,
    ...commands.runApproved,
    examples: [{ title: 'One request', params: { request: '6b04e15c3413ffb9138e1bc4' } }],
    run: async () => {
      throw new TypeError('the gate runs the command of the request in the place of runApproved');
    },
  },
});
