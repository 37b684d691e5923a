import { commands, methods } from '../../base/schemas/generated.ts';
import { getAcl as get } from '../../domain/access/acl.ts';
import { operation } from '../operation.ts';

export const getAcl = operation({
  effect: 'read',
  needs: ['people'],
  command: {
    name: 'getAcl',
    summary: 'Show who owns a resource and who may do what with it.',
    user: 'optionalSubject',
    order: 'userFirst',
    ...commands.getAcl,
    examples: [{ title: 'Of a block', params: { type: 'block', externalId: 'HTPG6LY5O1' } }],
  },
  method: {
    name: 'Resource.get_acl',
    summary: 'Show who may do what with a resource that the caller may share.',
    auth: 'optional',
    ...methods.Resource_get_acl,
  },
  run: get,
});
