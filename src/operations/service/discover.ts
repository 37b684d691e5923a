import { methods } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const discover = operation({
  summary: 'What the caller may call here, as an OpenRPC document.',
  effect: 'read',
  method: {
    name: 'rpc.discover',
    auth: 'optional',
    returnsValue: true,
    open: true,
    result: methods.discover.result,
    run: ({ discover }) => discover(),
  },
});
