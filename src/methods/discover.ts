import { methods } from '../schemas/generated.ts';
import { method } from './method.ts';

export const discover = method({
  effect: 'read',
  name: 'rpc.discover',
  summary: 'What the caller may call here, as an OpenRPC document.',
  auth: 'optional',
  returnsValue: true,
  open: true,
  result: methods.discover.result,
  run: ({ discover }) => discover(),
});
