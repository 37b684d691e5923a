import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const exportAudit = operation({
  summary: 'Export the sealed records of the audit as JSON lines that can be verified elsewhere, a page at a time.',
  effect: 'read',
  long: true,
  needs: ['log'],
  command: {
    name: 'exportAudit',
    ...commands.exportAudit,
    examples: [
      { title: 'From the beginning', params: {} },
      { title: 'What has come after record 41,999', params: { after: 41999, limit: 5000 } },
      { title: 'What is stored beside the log', params: { beside: '' } },
    ],
    run: ({ log }, page) => log.export(page),
  },
});
