import { commands } from '../../base/schemas/generated.ts';
import { emptyRoster, ROSTER_ID, rosters } from '../../identity/roster.ts';
import { listStaff as list } from '../../identity/staff.ts';
import { operation } from '../operation.ts';

export const listStaff = operation({
  summary: 'List the accounts of staff that administer nothing, the oldest first.',
  effect: 'read',
  command: {
    name: 'listStaff',
    scope: 'iiif',
    ...commands.listStaff,
    examples: [{ title: 'All of them' }],
    run: async ({ reader }) => list(reader, (await reader.get(rosters, ROSTER_ID)) ?? emptyRoster()),
  },
});
