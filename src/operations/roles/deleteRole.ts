import { commands } from '../../base/schemas/generated.ts';
import { deleteRole as remove } from '../../domain/resources/deleteRole.ts';
import { operation } from '../operation.ts';

export const deleteRole = operation({
  summary: 'Delete a role that owns nothing.',
  effect: 'write',
  lane: 'roster',
  command: {
    name: 'deleteRole',
    ...commands.deleteRole,
    examples: [{ title: 'Delete it', params: { name: 'curators' } }],
    run: ({ tx }, { name }) => remove(tx, name),
  },
});
