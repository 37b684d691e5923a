import { commands } from '../../base/schemas/generated.ts';
import { dynamicConfig } from '../../domain/dynamicConfig.ts';
import { operation } from '../operation.ts';

export const getConfig = operation({
  summary: 'Show the settings that can be changed while the service runs.',
  effect: 'read',
  command: {
    name: 'getConfig',
    takes: 'ignored',
    ...commands.getConfig,
    examples: [{ title: 'The settings' }],
    run: async ({ reader }) => ({ config: await dynamicConfig(reader) }),
  },
});
