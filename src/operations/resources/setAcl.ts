import { commands, methods } from '../../base/schemas/generated.ts';
import { setAcl as set } from '../../domain/access/setAcl.ts';
import { operation } from '../operation.ts';

export const setAcl = operation({
  effect: 'write',
  needs: ['people'],
  command: {
    name: 'setAcl',
    summary: 'Set who may do what with a resource and, on request, with everything below it.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.setAcl,
    examples: [
      {
        title: 'Let a role read a whole branch',
        params: {
          type: 'section',
          externalId: 'H5B1',
          mode: 'merge',
          cascade: true,
          grants: [{ accountType: 'ApplicationRole', account: 'curators', level: 'read' }],
        },
      },
    ],
  },
  method: {
    name: 'Resource.set_acl',
    summary: 'Set who may do what with a resource that the caller may share.',
    auth: 'required',
    ...methods.Resource_set_acl,
  },
  run: set,
});
