import type { Migration } from './migration.ts';

/**
 * A Steward of before formats cannot see that a database is not its own any more, but it makes its indexes at every start: it
 * fails on one whose name is taken. The collection `contents` declares another index under that name.
 */
export const keepOlderProgramsOut: Migration = {
  name: 'keep-older-programs-out',
  summary: 'Frees the name of an index, which from then on keeps a Steward of before formats from starting.',
  obsoleteIndexes: [{ collection: 'contents', index: 'content_created' }],
};
