/** What is to be known of a collection for the rights to it. */
export interface Governed {
  readonly name: string;
  /** Documents are never changed or removed. */
  readonly insertOnly?: boolean;
}

/** A privilege of MongoDB. The collection '' stands for all of a database. */
export interface Privilege {
  readonly resource: { readonly db: string; readonly collection: string };
  readonly actions: readonly string[];
}

/** The role of the service's account, in the database of the service. */
export const SERVICE_ROLE = 'stewardService';

/** Records are also followed as they come. */
const INSERT_ONLY = ['changeStream', 'find', 'insert', 'listIndexes'] as const;
const CHANGED = ['find', 'insert', 'listIndexes', 'remove', 'update'] as const;

/** The actions that the service needs on a collection, sorted. */
export const actionsOn = ({ insertOnly = false }: Governed): readonly string[] => (insertOnly ? INSERT_ONLY : CHANGED);

/** The actions with which a document can be changed or removed. */
export const CHANGING: readonly string[] = ['remove', 'update'];

/**
 * All rights of the service. It neither creates nor drops collections and indexes: that is done with the account of the
 * database's owner.
 */
export const servicePrivileges = (database: string, collections: readonly Governed[]): readonly Privilege[] => [
  { resource: { db: database, collection: '' }, actions: ['listCollections'] },
  ...collections.map((of) => ({ resource: { db: database, collection: of.name }, actions: actionsOn(of) })),
];

/** The role of the account that prunes the audit, in the same database. */
export const PRUNE_ROLE = 'stewardPrune';

/** All rights of that account: to find records and to remove them, and nothing else. */
export const prunePrivileges = (database: string): readonly Privilege[] => [
  { resource: { db: database, collection: 'audit' }, actions: ['find', 'remove'] },
];
