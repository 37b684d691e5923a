import { dynamicConfig } from '../../config/dynamic.ts';
import { commands } from '../../schemas/generated.ts';
import { command } from '../command.ts';

export const getConfig = command({
  name: 'getConfig',
  summary: 'Show the settings that can be changed while the service runs.',
  effect: 'read',
  user: 'ignored',
  order: 'userFirst',
  takes: 'ignored',
  params: commands.getConfig.params,
  result: commands.getConfig.result,
  examples: [{ title: 'The settings' }],
  run: async ({ reader }) => ({ config: await dynamicConfig(reader) }),
});
