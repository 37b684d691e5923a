import { captionsAndOrder } from './captionsAndOrder.ts';
import { iiifPaths } from './iiifPaths.ts';
import { keepOlderProgramsOut } from './keepOlderProgramsOut.ts';
import { keyedRequestDigests } from './keyedRequestDigests.ts';
import type { Migration } from './migration.ts';
import { recordsInParts } from './recordsInParts.ts';
import { workspacesApart } from './workspacesApart.ts';

/** The format of the databases that were made before a database carried its format. */
export const FIRST_FORMAT = 1;

/**
 * Every step, in order: step 0 leads from format 1 to format 2, and so on. Steps are only ever added at the end; a
 * released step is neither changed nor removed.
 */
export const migrations: readonly Migration[] = [
  keepOlderProgramsOut,
  keyedRequestDigests,
  captionsAndOrder,
  iiifPaths,
  recordsInParts,
  workspacesApart,
];

/** The format that these steps end in. */
export const formatAfter = (steps: readonly Migration[]): number => FIRST_FORMAT + steps.length;
