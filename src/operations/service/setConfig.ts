import { commands } from '../../base/schemas/generated.ts';
import { setDynamicConfig } from '../../domain/dynamicConfig.ts';
import { operation } from '../operation.ts';

export const setConfig = operation({
  summary: 'Change settings while the service runs: all of those given, or none.',
  effect: 'write',
  className: 'SetConfigParams',
  lane: 'document config',
  command: {
    name: 'setConfig',
    takes: 'strict',
    ...commands.setConfig,
    examples: [
      { title: 'Fetch two stored contents at once', params: { set: { 'backend-file-retrieval-scaling': 2 } } },
    ],
    run: async ({ tx }, { set }) => {
      await setDynamicConfig(tx, set);
      return null;
    },
  },
});
