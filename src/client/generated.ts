// Made by `npm run generate` from schemas/. Do not edit: a test makes it anew and compares.

/** The commands that answer in pages, and how these are found. */
export const pagedCommands = {
  getAudit: { items: 'records', cursor: ['cursor'] },
  getJob: { items: 'items', cursor: ['items', 'cursor'] },
  listAllWorkspaces: { items: 'workspaces', cursor: ['cursor'] },
  listApprovals: { items: 'requests', cursor: ['cursor'] },
  listCatalog: { items: 'items', cursor: ['page'], by: 'number' },
  listExpiring: { items: 'expiring', cursor: ['cursor'] },
  listJobs: { items: 'jobs', cursor: ['cursor'] },
  listObjects: { cursor: ['startafter'], by: 'last' },
  listOwned: { items: 'items', cursor: ['cursor'] },
  listResources: { items: 'resources', cursor: ['cursor'] },
  listRoles: { items: 'roles', cursor: ['cursor'] },
  listUsers: { items: 'users', cursor: ['cursor'] },
} as const;

/** The methods that answer in pages. */
export const pagedMethods = {
  Catalog_list_items: { items: 'items', cursor: ['page'], by: 'number' },
  Resource_list: { items: 'resources', cursor: ['cursor'] },
  list_admin_actions: { items: 'actions', cursor: ['cursor'] },
  list_notices: { items: 'notices', cursor: ['cursor'] },
  list_objects: { cursor: ['startafter'], by: 'last' },
} as const;

/** The commands with a parameter `user`, which is not the key of the command object. */
export const commandsWithUser: readonly string[] = ['explain', 'listExpiring', 'listOwned'];
