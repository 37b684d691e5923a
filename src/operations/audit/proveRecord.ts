import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const proveRecord = operation({
  summary: 'Show that the record of a receipt is in the sealed log of the audit.',
  effect: 'read',
  needs: ['log'],
  command: {
    name: 'proveRecord',
    ...commands.proveRecord,
    examples: [
      {
        title: 'The record of a receipt',
        params: {
          record: '6b0cd89a0000000112ab34cd-0',
          hash: 'a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3',
        },
      },
    ],
    run: ({ log }, receipt) => log.proveRecord(receipt),
  },
});
