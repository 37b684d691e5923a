import { denyModRequest as deny } from '../../modules/requests.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const denyModRequest = command({
  name: 'denyModRequest',
  summary: 'Refuse a request to own a new module; anybody may request the name again.',
  effect: 'write',
  user: 'ignored',
  order: 'paramsFirst',
  takes: 'module',
  delegated: true,
  params: commands.denyModRequest.params,
  result: commands.denyModRequest.result,
  examples: [{ title: 'Not this one', params: { module: 'KBaseGenomes' } }],
  run: async ({ tx }, { module }) => {
    await deny(tx, module);
    return null;
  },
});
