import { collection, type Stored } from '../store/collection.ts';
import type { ResourceType, Visibility } from './types.ts';

/** What a grant allows; each level includes those before it. */
export type GrantLevel = 'read' | 'write' | 'admin';

export interface Grant {
  /** The principal's id. */
  readonly principal: string;
  readonly level: GrantLevel;
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

const ofWorkspaces = { type: 'workspace' };
const lists = { grants: 'principal', meta: 'key' };

export const resources = collection<Resource>('resources', {
  indexes: [
    { key: { type: 1, owners: 1, number: 1 }, name: 'owners' },
    { key: { type: 1, 'grants.principal': 1, number: 1 }, name: 'grants' },
    { key: { type: 1, number: 1 }, name: 'public', partialFilterExpression: { visibility: 'public' } },
    { key: { name: 1 }, name: 'workspace_name', unique: true, partialFilterExpression: ofWorkspaces },
    { key: { number: 1 }, name: 'workspace_number', unique: true, partialFilterExpression: ofWorkspaces },
    { key: { modifiedAt: 1, number: 1 }, name: 'workspace_modified', partialFilterExpression: ofWorkspaces },
    {
      key: { deleted: 1, number: 1 },
      name: 'workspace_deleted',
      partialFilterExpression: { ...ofWorkspaces, deleted: true },
    },
    {
      key: { locked: 1, number: 1 },
      name: 'workspace_locked',
      partialFilterExpression: { ...ofWorkspaces, locked: true },
    },
  ],
  keyedLists: lists,
});

/** The same documents, those of them that are workspaces. */
export const workspaces = collection<Workspace>(resources.name, { keyedLists: lists });
