import { defined } from '../../base/defined.ts';
import { commands, type VerifyState } from '../../base/schemas/generated.ts';
import { COVERED, NOT_COVERED } from '../../domain/state/coverage.ts';
import type { Verification } from '../../jobs/verifications.ts';
import { operation } from '../operation.ts';

const KIND = 'state';
/** A small verification is done within the call. */
const WAIT_MS = 10_000;

export const verifyState = operation({
  summary: 'Compare who owns what, who may do what and who is who with what the audit records say.',
  effect: 'read',
  needs: ['verifications'],
  command: {
    name: 'verifyState',
    ...commands.verifyState,
    examples: [{ title: 'Begin, and get the result if it does not take long' }],
    run: async ({ verifications }, { verification }) => {
      if (verification !== undefined) return viewOf(await verifications.get(verification, KIND));
      const { _id } = await verifications.begin(KIND);
      return viewOf(await verifications.ended(_id, KIND, WAIT_MS));
    },
  },
});

function viewOf({ _id, state, progress, startedAt, endedAt, report, problem }: Verification): VerifyState['result'] {
  return {
    ...{ verification: _id, state },
    ...(state === 'running' ? (progress as object | undefined) : {}),
    ...defined({ problem }),
    ...report,
    started: startedAt.toISOString(),
    ...defined({ finished: endedAt?.toISOString() }),
    covered: COVERED.map(({ of, fields }) => ({ collection: of.name, fields: [...fields] })),
    notCovered: NOT_COVERED,
  };
}
