import type { Migration } from './migration.ts';

/**
 * Changes nothing that is there. From this format on a record of the audit may have its changes in documents of their own,
 * of which an older Steward knows nothing: it would show the record without them.
 */
export const recordsInParts: Migration = {
  name: 'records-in-parts',
  summary: 'Lets audit records have their changes in several documents, which an older Steward would not show.',
};
