import { commands } from '../../base/schemas/generated.ts';
import { operation } from '../operation.ts';

export const auditHash = operation({
  summary: 'Show the HMAC under which audit records keep a secret or personal value; for full administrators only.',
  effect: 'read',
  needs: ['auditHashes'],
  command: {
    name: 'auditHash',
    ...commands.auditHash,
    // Whoever gets HMACs of guesses can compare them with those in records.
    fullOnly: true,
    reserved: true,
    examples: [{ title: 'A password that has leaked', params: { value: 'correct horse battery staple' } }],
    run: async ({ auditHashes, actor: { principal, delegate } }, { value }) => ({
      hash: await auditHashes.of((delegate ?? principal)._id, value),
    }),
  },
});
