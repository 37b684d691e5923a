import { commands } from '../../base/schemas/generated.ts';
import { updateStaff as update } from '../../identity/staff.ts';
import { operation } from '../operation.ts';

export const updateStaff = operation({
  summary: 'Change the name or address of an account of staff, or whether it administers what belongs to IIIF.',
  effect: 'write',
  lane: 'roster',
  needs: ['rules'],
  command: {
    name: 'updateStaff',
    reserved: true,
    scope: 'iiif',
    ...commands.updateStaff,
    examples: [
      { title: 'Another name', params: { id: '0b6e9420-f33c-4c5a-80a5-47261654b63d', username: 'archivist' } },
    ],
    run: ({ tx, rules, actor }, changes) => update(tx, { rules, actor }, changes),
  },
});
