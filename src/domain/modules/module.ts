import { collection, type Stored } from '../../store/collection.ts';

/** A request to own a new module. Its id is the module's name. */
export interface ModuleRequest extends Stored {
  readonly requester: string;
  readonly at: Date;
}

/** A module of types. Its id is its name. */
export interface TypeModule extends Stored {
  readonly owners: readonly ModuleOwner[];
  readonly createdAt: Date;
  /** The newest version; absent until a specification is registered. */
  readonly head?: number;
  /** The newest version that was released, and the types that it supports. */
  readonly released?: number;
  readonly releasedTypes: readonly VersionOf[];
}

export interface ModuleOwner {
  readonly principal: string;
  /** Whether they may make others owners. */
  readonly canGrant: boolean;
}

/** A type or function and its version, such as `1.0`. */
export interface VersionOf {
  readonly name: string;
  readonly version: string;
}

/** A version of a module's specification. Only `released` ever changes. Its id is `Module@version`. */
export interface ModuleVersion extends Stored {
  readonly module: string;
  /** Milliseconds since 1970. */
  readonly version: number;
  readonly spec: string;
  readonly description: string;
  readonly md5: string;
  readonly includes: readonly Included[];
  readonly types: readonly Definition[];
  readonly functions: readonly Definition[];
  readonly released: boolean;
  readonly uploadedBy: string;
}

export interface Included {
  readonly module: string;
  readonly version: number;
}

/**
 * A type or function in a version of a module. Removed ones stay listed, so that their versions go on if they come
 * back.
 */
export interface Definition extends VersionOf {
  readonly supported: boolean;
}

/** One version of a type or function, which never changes. Its id is `Module.Name-1.0`. */
export interface DefinitionVersion extends Stored {
  readonly module: string;
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The version of the module that has its text. */
  readonly madeIn: number;
  readonly released: boolean;
  /** The versions of registered types that it refers to. */
  readonly uses: readonly string[];
}

export interface TypeVersion extends DefinitionVersion {
  /** Its JSON Schema as text, and the MD5 of that. */
  readonly schema: string;
  readonly md5: string;
}

export const moduleRequests = collection<ModuleRequest>('moduleRequests', {
  indexes: [{ key: { requester: 1 }, name: 'requester' }],
});

export const modules = collection<TypeModule>('modules', {
  indexes: [{ key: { 'owners.principal': 1 }, name: 'owner' }],
  keyedLists: { owners: 'principal', releasedTypes: 'name' },
});

export const moduleVersions = collection<ModuleVersion>('moduleVersions', {
  indexes: [{ key: { module: 1, version: 1 }, name: 'module' }],
});

const definitionIndexes = [
  { key: { module: 1, name: 1 }, name: 'name' },
  { key: { uses: 1 }, name: 'uses' },
];

export const types = collection<TypeVersion>('types', { indexes: definitionIndexes });
export const functions = collection<DefinitionVersion>('functions', { indexes: definitionIndexes });

export const versionId = (module: string, version: number): string => `${module}@${version}`;

/** A type or function with its version: `Module.Name-1.0`. */
export const definitionId = (module: string, { name, version }: VersionOf): string => `${module}.${name}-${version}`;
