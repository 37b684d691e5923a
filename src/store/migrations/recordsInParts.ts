import type { Migration } from './migration.ts';

/**
 * Changes no documents. From this format on, audit records may have their changes in separate documents, which older versions
 * would not show.
 */
export const recordsInParts: Migration = {
  name: 'records-in-parts',
  summary: 'Lets audit records have their changes in several documents, which an older Steward would not show.',
};
