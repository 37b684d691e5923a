import type { Migration } from './migration.ts';

/**
 * Versions older than formats do not check the format, but they create their indexes at every start and fail if an index
 * name is taken. The collection `contents` now declares another index under that name.
 */
export const keepOlderProgramsOut: Migration = {
  name: 'keep-older-programs-out',
  summary: 'Frees the name of an index, which from then on keeps a Steward of before formats from starting.',
  obsoleteIndexes: [{ collection: 'contents', index: 'content_created' }],
};
