import { approveModRequest as approve } from '../../modules/requests.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const approveModRequest = command({
  name: 'approveModRequest',
  summary: 'Make a requested module, with who requested it as its owner.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'module',
  delegated: true,
  params: commands.approveModRequest.params,
  result: commands.approveModRequest.result,
  examples: [{ title: 'A new module', params: { module: 'KBaseGenomes' } }],
  run: async ({ tx }, { module }) => {
    await approve(tx, module);
    return null;
  },
});
