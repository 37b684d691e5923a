import { commands } from '../../base/schemas/generated.ts';
import { getApproval as get } from '../../domain/approvals/view.ts';
import { shownNames } from '../../domain/ownership/shownNames.ts';
import { operation } from '../operation.ts';
import { lookingOf } from './looking.ts';

export const getApproval = operation({
  summary: 'Show a request for approval that you made or may decide about, with what the command would change.',
  effect: 'read',
  needs: ['rules', 'policyNamesOf', 'people'],
  command: {
    name: 'getApproval',
    open: true,
    withoutApproval: true,
    ...commands.getApproval,
    examples: [{ title: 'One request', params: { request: '6b04e15c3413ffb9138e1bc4' } }],
    run: async (call, { request }) => {
      const { reader, people } = call;
      const { changes, ...shown } = await get(reader, await lookingOf(call), request);
      return { ...shown, changes, ...(await shownNames(reader, people, changes)) };
    },
  },
});
