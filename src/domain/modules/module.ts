import { collection, type Stored } from '../../store/collection.ts';

/** Somebody who wants to be the owner of a module that is not there yet; its id is the module's name. */
export interface ModuleRequest extends Stored {
  readonly requester: string;
  readonly at: Date;
}

/** A module of types: who owns it, and where it stands. Its id is its name. */
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
  /** Whether it may make others owners. */
  readonly canGrant: boolean;
}

/** A type or function and its version, such as `1.0`. */
export interface VersionOf {
  readonly name: string;
  readonly version: string;
}

/** One version of a module's specification. It changes no more, but that it is released. Its id is `Module@version`. */
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

/** As it stands in one version of the module. What was removed stays known, so that it goes on counting when it comes back. */
export interface Definition extends VersionOf {
  readonly supported: boolean;
}

/** One version of a type or function, which never changes. Its id is `Module.Name-1.0`. */
export interface DefinitionVersion extends Stored {
  readonly module: string;
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The version of the module that it was made in: its text stands there. */
  readonly madeIn: number;
  readonly released: boolean;
  /** The versions of registered types that it refers to. */
  readonly uses: readonly string[];
}

export interface TypeVersion extends DefinitionVersion {
  /** The text of its JSON Schema, and the MD5 of that. */
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
