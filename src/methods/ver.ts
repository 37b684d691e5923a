import { methods } from '../schemas/generated.ts';
import { API_VERSION } from './apiVersion.ts';
import { method } from './method.ts';

export const ver = method({
  effect: 'read',
  name: 'Workspace.ver',
  summary: 'The version of the KBase Workspace Service whose interface this is.',
  auth: 'none',
  returnsValue: true,
  result: methods.ver.result,
  run: async () => API_VERSION,
});
