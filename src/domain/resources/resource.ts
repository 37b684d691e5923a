import type { Expiring } from '../../base/expiry.ts';
import { collection, type Stored } from '../../store/collection.ts';
import type { ResourceType, Visibility } from './types.ts';

/** Each level includes those before it. */
export type GrantLevel = 'read' | 'write' | 'admin';

export interface Grant extends Expiring {
  /** The principal's id. */
  readonly principal: string;
  readonly level: GrantLevel;
}

/** The user or role who made something. */
export interface Stamp {
  readonly id: string;
  readonly name: string;
}

/** Metadata is a list of these, since the keys of a document may not hold every text. */
export interface MetaItem {
  readonly key: string;
  readonly value: string;
}

/**
 * Whatever can have an owner. Owners, grants and visibility are in the resource itself, so that one read decides on
 * access and one write changes it.
 */
export interface Resource extends Stored {
  readonly type: ResourceType;
  readonly name: string;
  /** Principal ids, in order; how many there may be depends on the type. */
  readonly owners: readonly string[];
  readonly grants: readonly Grant[];
  readonly visibility: Visibility;
  /** Its id in its own system, unique within its type. */
  readonly externalId?: string;
  /** The path of the `@id` that it was sent with, if that is not its external id; empty if it is not known. */
  readonly source?: string;
  /** Ids, in order. Every resource but a workspace has this list; it may be empty. */
  readonly parents?: readonly string[];
  /** Who made it, with the name that they had then. It never changes. */
  readonly stamp?: Stamp;
  /**
   * For types with ordered siblings: its position below each parent, by the parent's id, or for `top` the time since
   * when it has none. The keys of a hidden resource begin with `hidden-`, so that a query by the parent's id does not
   * find it.
   */
  readonly order?: Readonly<Record<string, number | Date>>;
  /** Further data of its system, as JSON text, whose keys mean nothing to the database. */
  readonly data?: string;
  /** The part of `data` that lists show, such as a label: JSON text, short, so that they need not read all of it. */
  readonly caption?: string;
  readonly createdAt: Date;
  /** The last change that its users see; changes of owners and grants do not count. */
  readonly modifiedAt: Date;
}

/** A resource whose objects are in collections of their own. Its id is `ws<number>`. */
export interface Workspace extends Resource {
  readonly type: 'workspace';
  readonly number: number;
  readonly deleted: boolean;
  readonly locked: boolean;
  readonly description?: string;
  readonly meta: readonly MetaItem[];
  /** How often it was restored, and with it every object that was deleted before; absent for never. */
  readonly undeletions?: number;
}

/** The index of names in the tree. */
export const TREE_NAME = 'tree_name';
const keyedLists = { grants: 'principal', meta: 'key' };
/** An index of the grants that expire. Other grants are not in it, so that changing them costs nothing more. */
const expiring = (name: string) => ({ key: { 'grants.expires': 1 }, name, sparse: true });

/** A collection apart from the tree, so that a change in one does not cost updates of the other's indexes. */
export const workspaces = collection<Workspace>('workspaces', {
  indexes: [
    { key: { owners: 1, number: 1 }, name: 'workspace_owners' },
    { key: { 'grants.principal': 1, number: 1 }, name: 'workspace_grants' },
    expiring('workspace_expiring'),
    {
      key: { visibility: 1, number: 1 },
      name: 'workspace_public',
      partialFilterExpression: { visibility: 'public' },
    },
    { key: { name: 1 }, name: 'workspace_name', unique: true },
    { key: { number: 1 }, name: 'workspace_number', unique: true },
    { key: { modifiedAt: 1, number: 1 }, name: 'workspace_modified' },
    { key: { deleted: 1, number: 1 }, name: 'workspace_deleted', partialFilterExpression: { deleted: true } },
    { key: { locked: 1, number: 1 }, name: 'workspace_locked', partialFilterExpression: { locked: true } },
  ],
  keyedLists,
});

const ofEverybody = { visibility: 'public' };

/** The tree: every resource but the workspaces. */
export const resources = collection<Resource>('resources', {
  indexes: [
    {
      key: { externalId: 1, type: 1 },
      name: 'external',
      unique: true,
      partialFilterExpression: { externalId: { $exists: true } },
    },
    // These two include the type so that no document of another type is read.
    { key: { parents: 1, _id: 1, type: 1 }, name: 'tree_below' },
    { key: { owners: 1, _id: 1, type: 1 }, name: 'tree_owned' },
    // For the children of a parent in order: `order.<id of the parent>`.
    { key: { 'order.$**': 1 }, name: 'tree_order' },
    { key: { type: 1, _id: 1 }, name: 'tree_type' },
    // For the search by name, which goes through it in order.
    { key: { type: 1, name: 1, _id: 1 }, name: TREE_NAME },
    { key: { 'grants.principal': 1, _id: 1 }, name: 'tree_grants' },
    expiring('tree_expiring'),
    // For the public search, in the order in which resources were made.
    {
      key: { type: 1, createdAt: 1, externalId: 1 },
      name: 'public_made',
      partialFilterExpression: ofEverybody,
    },
    {
      key: { owners: 1, type: 1, createdAt: 1, externalId: 1 },
      name: 'public_owned',
      partialFilterExpression: ofEverybody,
    },
    { key: { visibility: 1, _id: 1 }, name: 'tree_public', partialFilterExpression: ofEverybody },
  ],
  keyedLists,
});
