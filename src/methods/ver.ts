import type { Method } from './method.ts';

export const ver: Method = {
  name: 'Workspace.ver',
  summary: 'The version of this service.',
  auth: 'none',
  paramCount: 0,
  returnsValue: true,
  run: async ({ service }) => service.version,
};
