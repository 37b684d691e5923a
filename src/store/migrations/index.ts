import { captionsAndOrder } from './captionsAndOrder.ts';
import { iiifPaths } from './iiifPaths.ts';
import { keepOlderProgramsOut } from './keepOlderProgramsOut.ts';
import { keyedRequestDigests } from './keyedRequestDigests.ts';
import type { Migration } from './migration.ts';
import { recordsInParts } from './recordsInParts.ts';
import { sealedTotpSecrets } from './sealedTotpSecrets.ts';
import { workspacesApart } from './workspacesApart.ts';

/** The format of databases without a version document. */
export const FIRST_FORMAT = 1;

/**
 * All steps in order: step 0 leads from format 1 to format 2, and so on. Add steps only at the end, and never change or
 * remove a released step.
 */
export const migrations: readonly Migration[] = [
  keepOlderProgramsOut,
  keyedRequestDigests,
  captionsAndOrder,
  iiifPaths,
  recordsInParts,
  workspacesApart,
  sealedTotpSecrets,
];

/** The format after these steps. */
export const formatAfter = (steps: readonly Migration[]): number => FIRST_FORMAT + steps.length;
