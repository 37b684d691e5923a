import { methods } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const discover = operation({
  summary: 'Show what the caller may call, as an OpenRPC document.',
  effect: 'read',
  method: {
    name: 'rpc.discover',
    auth: 'optional',
    open: true,
    result: methods.discover.result,
    run: ({ discover }) => discover(),
  },
});
