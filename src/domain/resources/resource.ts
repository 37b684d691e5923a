import { collection, type Stored } from '../../store/collection.ts';
import type { ResourceType, Visibility } from './types.ts';

/** What a grant allows; each level includes those before it. */
export type GrantLevel = 'read' | 'write' | 'admin';

export interface Grant {
  /** The principal's id. */
  readonly principal: string;
  readonly level: GrantLevel;
}

/** Who made something. */
export interface Stamp {
  readonly id: string;
  readonly name: string;
}

/** A key and its value. A list of them, since MongoDB's own keys may not hold every text. */
export interface MetaItem {
  readonly key: string;
  readonly value: string;
}

/**
 * Whatever can have an owner. Owners, grants and visibility stand in the resource itself: one read decides, one guarded
 * write changes.
 */
export interface Resource extends Stored {
  readonly type: ResourceType;
  readonly name: string;
  /** Principal ids, in order; how many, the type says. */
  readonly owners: readonly string[];
  readonly grants: readonly Grant[];
  readonly visibility: Visibility;
  /** The identifier that its own system knows it by, unique within its type. */
  readonly externalId?: string;
  /** The path of the `@id` that it was sent with, where that is another than its external id; empty where it is not known. */
  readonly source?: string;
  /** The ids of what it hangs below, in order. Every resource but a workspace has the list, and may have it empty. */
  readonly parents?: readonly string[];
  /** Who made it, as it was called then: never changed, whoever owns it. */
  readonly stamp?: Stamp;
  /**
   * Where it stands below each parent, by the parent's id, and at the top since when: of types whose siblings have an
   * order. Of what is hidden the keys begin with `hidden-`, so that nobody finds it who goes by the parent's id.
   */
  readonly order?: Readonly<Record<string, number | Date>>;
  /** What else its system keeps of it, as JSON text: no key in it means anything to the database. */
  readonly data?: string;
  /** What lists show of `data`, such as a label: JSON text, short, so that they need not read the rest. */
  readonly caption?: string;
  readonly createdAt: Date;
  /** The last change of the resource itself, as its users see it: not of who may do what. */
  readonly modifiedAt: Date;
}

/** A workspace: a resource whose content lives in collections of its own. Its id is `ws<number>`. */
export interface Workspace extends Resource {
  readonly type: 'workspace';
  readonly number: number;
  readonly deleted: boolean;
  readonly locked: boolean;
  readonly description?: string;
  readonly meta: readonly MetaItem[];
  /** How often it was brought back, and with it every object that was deleted before: absent for never. */
  readonly undeletions?: number;
}

/** The index of names in the tree. */
export const TREE_NAME = 'tree_name';
const keyedLists = { grants: 'principal', meta: 'key' };

/** The workspaces: apart, so that neither these nor the tree pay for the indexes of the other with each change. */
export const workspaces = collection<Workspace>('workspaces', {
  indexes: [
    { key: { owners: 1, number: 1 }, name: 'workspace_owners' },
    { key: { 'grants.principal': 1, number: 1 }, name: 'workspace_grants' },
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
    // The type is in these two so that nothing of another type is read.
    { key: { parents: 1, _id: 1, type: 1 }, name: 'tree_below' },
    { key: { owners: 1, _id: 1, type: 1 }, name: 'tree_owned' },
    // What hangs below a parent, in its order: `order.<id of the parent>`.
    { key: { 'order.$**': 1 }, name: 'tree_order' },
    { key: { type: 1, _id: 1 }, name: 'tree_type' },
    // What a search by name goes through, in its order.
    { key: { type: 1, name: 1, _id: 1 }, name: TREE_NAME },
    { key: { 'grants.principal': 1, _id: 1 }, name: 'tree_grants' },
    // What everybody may search, in the order in which it was made.
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
