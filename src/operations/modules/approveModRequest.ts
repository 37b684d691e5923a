import { commands } from '../../base/schemas/generated.ts';
import { approveModRequest as approve } from '../../domain/modules/requests.ts';
import { operation } from '../operation.ts';

export const approveModRequest = operation({
  summary: 'Make a requested module, owned by the user who requested it.',
  effect: 'write',
  delegated: true,
  command: {
    name: 'approveModRequest',
    notRevertible: 'a module that was approved stays',
    takes: 'module',
    ...commands.approveModRequest,
    examples: [{ title: 'A new module', params: { module: 'KBaseGenomes' } }],
    run: async ({ tx }, { module }) => {
      await approve(tx, module);
      return null;
    },
  },
});
