import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const proveConsistency = operation({
  summary: 'Show that the sealed log of the audit of one size is the beginning of the log of a later one.',
  effect: 'read',
  needs: ['log'],
  command: {
    name: 'proveConsistency',
    ...commands.proveConsistency,
    examples: [{ title: 'From a kept checkpoint of 12 records to the newest', params: { from: 12 } }],
    run: ({ log }, sizes) => log.proveConsistency(sizes),
  },
});
