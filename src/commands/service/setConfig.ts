import { setDynamicConfig } from '../../config/dynamic.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const setConfig = command({
  name: 'setConfig',
  summary: 'Change settings while the service runs: all of those given, or none.',
  effect: 'write',
  lane: 'document config',
  user: 'ignored',
  order: 'userFirst',
  takes: 'strict',
  className: 'SetConfigParams',
  params: commands.setConfig.params,
  result: commands.setConfig.result,
  examples: [{ title: 'Fetch two stored contents at once', params: { set: { 'backend-file-retrieval-scaling': 2 } } }],
  run: async ({ tx }, { set }) => {
    await setDynamicConfig(tx, set);
    return null;
  },
});
