import { refuse } from '../../base/errors.ts';
import { commands } from '../../base/schemas/generated.ts';
import { listOwned as list } from '../../domain/ownership/owned.ts';
import { operation } from '../operation.ts';

export const listOwned = operation({
  summary: 'Show everything that a user or a role owns or was granted, by type.',
  effect: 'read',
  command: {
    name: 'listOwned',
    ...commands.listOwned,
    examples: [
      { title: 'By type and count', params: { user: 'ann' } },
      { title: 'Their plates, a page at a time', params: { user: 'ann', type: 'plate', limit: 50 } },
    ],
    run: async ({ reader, now }, { user, role, ...query }) => {
      if ((user === undefined) === (role === undefined)) throw refuse('invalid_params', 'Name either a user or a role');
      const who = role === undefined ? (user ?? '') : { accountType: 'ApplicationRole' as const, account: role };
      return list(reader, { ...query, who }, now);
    },
  },
});
