import type { Migration } from './migration.ts';

const OBSOLETE = [
  'workspace_owners',
  'workspace_grants',
  'workspace_public',
  'workspace_name',
  'workspace_number',
  'workspace_modified',
  'workspace_deleted',
  'workspace_locked',
  // These are created again without the condition that excluded workspaces.
  'tree_below',
  'tree_owned',
  'tree_type',
  'tree_name',
  'tree_grants',
  'tree_public',
  'public_made',
  'public_owned',
];

/**
 * Moves workspaces to a collection of their own. MongoDB checks every index of a collection for each document that a
 * transaction changes, so that pages of books were slowed down by the eight indexes of workspaces, and vice versa.
 */
export const workspacesApart: Migration = {
  name: 'workspaces-apart',
  summary:
    'Puts workspaces into a collection of their own, so that changes pay for no indexes but those of their kind.',
  async run({ changeEach }) {
    const filter = { _id: { $gte: 'ws', $lt: 'wt' }, type: 'workspace' };
    await changeEach({ name: 'move workspaces', collection: 'resources', filter }, (workspace) => [
      { collection: 'workspaces', operation: { insertOne: { document: workspace } } },
      { collection: 'resources', operation: { deleteOne: { filter: { _id: workspace._id } } } },
    ]);
  },
  moves: [{ from: 'resources', to: 'workspaces' }],
  obsoleteIndexes: OBSOLETE.map((index) => ({ collection: 'resources', index })),
};
