import { commands } from '../../base/schemas/generated.ts';
import { denyModRequest as deny } from '../../domain/modules/requests.ts';
import { operation } from '../operation.ts';

export const denyModRequest = operation({
  summary: 'Refuse a request to own a new module; anybody may request the name again.',
  effect: 'write',
  delegated: true,
  command: {
    name: 'denyModRequest',
    notRevertible: 'a denied request is not made again; whoever wants the module can request it again',
    takes: 'module',
    ...commands.denyModRequest,
    examples: [{ title: 'Deny a request', params: { module: 'KBaseGenomes' } }],
    run: async ({ tx }, { module }) => {
      await deny(tx, module);
      return null;
    },
  },
});
