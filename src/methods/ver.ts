import { methods } from '../schemas/generated.ts';
import { method } from './method.ts';

export const ver = method({
  effect: 'read',
  name: 'Workspace.ver',
  summary: 'The version of this service.',
  auth: 'none',
  returnsValue: true,
  result: methods.ver.result,
  run: async ({ service }) => service.version,
});
