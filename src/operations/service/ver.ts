import { methods } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';
import { API_VERSION } from './apiVersion.ts';

export const ver = operation({
  summary: 'Show the version of the KBase Workspace Service whose interface this is.',
  effect: 'read',
  method: {
    name: 'Workspace.ver',
    auth: 'none',
    result: methods.ver.result,
    run: async () => API_VERSION,
  },
});
