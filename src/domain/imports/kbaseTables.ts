import type { CollectionMapping } from './mapping.ts';

const MADE_BY_MONGODB = 'made by MongoDB; nothing refers to it';
const DERIVED = 'can be derived from the rest, and is';

const workspaceTable: CollectionMapping = {
  collection: 'workspaces',
  database: 'workspace',
  into: 'workspaces',
  fields: [
    { from: '_id', to: 'createdAt', as: 'timeOfId' },
    { from: 'ws', to: 'number', as: 'number' },
    { from: 'owner', to: 'owners', as: 'user' },
    { from: 'name', to: 'name', as: 'text', optional: true },
    { from: 'moddate', to: 'modifiedAt', as: 'instant', optional: true },
    { from: 'del', to: 'deleted', as: 'flag' },
    { from: 'numObj', to: 'heads.lastObject', as: 'number' },
    { from: 'desc', to: 'description', as: 'text', optional: true },
    { from: 'lock', to: 'locked', as: 'flag' },
    { from: 'meta', to: 'meta', as: 'meta', optional: true },
    { from: 'cloning', why: 'an unfinished clone, which KBase shows to nobody: the workspace is left out' },
  ],
};

const permissionTable: CollectionMapping = {
  collection: 'workspaceACLs',
  database: 'workspace',
  into: 'workspaces',
  fields: [
    { from: '_id', why: MADE_BY_MONGODB },
    { from: 'id', to: 'number', as: 'number' },
    { from: 'user', to: 'grants.principal', as: 'user' },
    { from: 'perm', to: 'grants.level', as: 'permission' },
  ],
};

const objectTable: CollectionMapping = {
  collection: 'workspaceObjects',
  database: 'workspace',
  into: 'objects',
  fields: [
    { from: '_id', to: 'createdAt', as: 'timeOfId' },
    { from: 'ws', to: 'ws', as: 'number' },
    { from: 'id', to: 'id', as: 'number' },
    { from: 'numver', to: 'latest', as: 'number' },
    { from: 'refcnt', why: DERIVED },
    { from: 'name', to: 'name', as: 'text' },
    { from: 'latest', why: 'always null' },
    { from: 'del', to: 'deleted', as: 'flag' },
    { from: 'hide', to: 'hidden', as: 'flag' },
    { from: 'moddate', to: 'modifiedAt', as: 'instant', optional: true },
  ],
};

const versionTable: CollectionMapping = {
  collection: 'workspaceObjVersions',
  database: 'workspace',
  into: 'versions',
  fields: [
    { from: '_id', why: MADE_BY_MONGODB },
    { from: 'ws', to: 'ws', as: 'number' },
    { from: 'id', to: 'id', as: 'number' },
    { from: 'ver', to: 'version', as: 'number' },
    { from: 'type', why: 'a copy of the next three' },
    { from: 'tyname', to: 'typeName', as: 'text' },
    { from: 'tymaj', to: 'typeMajor', as: 'number' },
    { from: 'tymin', to: 'typeMinor', as: 'number' },
    { from: 'savedby', to: 'savedBy', as: 'user' },
    { from: 'savedate', to: 'savedAt', as: 'instant' },
    { from: 'chksum', to: 'checksum', as: 'text' },
    { from: 'size', to: 'size', as: 'number' },
    { from: 'meta', to: 'meta', as: 'meta', optional: true },
    { from: 'adminmeta', to: 'adminMeta', as: 'meta', optional: true },
    { from: 'refs', to: 'refs', as: 'references' },
    { from: 'provrefs', to: 'provenanceRefs', as: 'resolved' },
    { from: 'provenance', to: 'provenance', as: 'provenance' },
    { from: 'extids', to: 'extractedIds', as: 'extractedIds', optional: true },
    { from: 'copied', to: 'copiedFrom', as: 'text', optional: true },
    { from: 'revert', to: 'revertedFrom', as: 'number', optional: true },
  ],
};

const provenanceTable: CollectionMapping = {
  collection: 'provenance',
  database: 'workspace',
  into: 'versions',
  fields: [
    { from: '_id', why: 'the key by which versions name it' },
    { from: 'date', to: 'origin.savedAt', as: 'instant' },
    { from: 'wsid', to: 'origin.ws', as: 'number' },
    { from: 'user', to: 'origin.savedBy', as: 'user' },
    { from: 'actions', to: 'provenance', as: 'provenance' },
  ],
};

const typeKey = [
  { from: '_id', why: MADE_BY_MONGODB },
  { from: 'moduleName', to: 'module', as: 'text' },
] as const;

const references = (collection: string, into: string): CollectionMapping => ({
  collection,
  database: 'types',
  into,
  fields: [
    { from: '_id', why: MADE_BY_MONGODB },
    { from: 'depModule', to: 'module', as: 'text' },
    { from: 'depName', to: 'name', as: 'text' },
    { from: 'depVersion', to: 'major and minor', as: 'text' },
    { from: 'depModuleVersion', why: DERIVED },
    { from: 'refModule', to: 'uses', as: 'text' },
    { from: 'refName', to: 'uses', as: 'text' },
    { from: 'refVersion', to: 'uses', as: 'text' },
  ],
});

/** How the collections of the KBase Workspace Service 0.15 (schema version 2) become those of Steward. */
export const KBASE_TABLES: readonly CollectionMapping[] = [
  workspaceTable,
  permissionTable,
  objectTable,
  versionTable,
  provenanceTable,
  {
    collection: 'workspaceCounter',
    database: 'workspace',
    into: 'counters',
    fields: [
      { from: '_id', why: MADE_BY_MONGODB },
      { from: 'id', why: 'always the same' },
      { from: 'num', to: 'last', as: 'number' },
    ],
  },
  {
    collection: 'admins',
    database: 'workspace',
    into: 'roster',
    fields: [
      { from: '_id', to: 'admins.addedAt', as: 'timeOfId' },
      { from: 'user', to: 'admins.principal', as: 'user' },
    ],
  },
  {
    collection: 'dyncfg',
    database: 'workspace',
    into: 'dynamicConfig',
    fields: [
      { from: '_id', why: MADE_BY_MONGODB },
      { from: 'key', to: 'the field of this name', as: 'text' },
      { from: 'value', to: 'its value', as: 'number' },
    ],
  },
  {
    collection: 'config',
    database: 'workspace',
    fields: [
      { from: '_id', why: MADE_BY_MONGODB },
      { from: 'config', why: 'always the same' },
      { from: 'inupdate', why: 'must be false' },
      { from: 'schemaver', why: 'must be 2' },
    ],
  },
  {
    collection: 'fs.files',
    database: 'workspace',
    into: 'contents',
    fields: [
      { from: '_id', to: '_id', as: 'text' },
      { from: 'filename', why: 'the same as the id' },
      { from: 'length', to: 'size', as: 'number' },
      { from: 'chunkSize', why: 'files are cut into other pieces here' },
      { from: 'uploadDate', why: 'a content that no version names is removed an hour after it was stored here' },
      { from: 'metadata', why: 'says that keys are sorted, as they must be' },
      { from: 'md5', why: 'of older drivers; the same as the id' },
    ],
  },
  {
    collection: 'module_version',
    database: 'types',
    into: 'modules',
    fields: [
      { from: '_id', to: 'createdAt', as: 'timeOfId' },
      { from: 'moduleName', to: '_id', as: 'text' },
      { from: 'versionTime', to: 'head', as: 'milliseconds' },
      { from: 'releasedVersionTime', to: 'released', as: 'milliseconds' },
      { from: 'supported', why: 'always true' },
    ],
  },
  {
    collection: 'module_owner',
    database: 'types',
    into: 'modules',
    fields: [
      { from: '_id', why: MADE_BY_MONGODB },
      { from: 'moduleName', to: '_id', as: 'text' },
      { from: 'ownerUserId', to: 'owners.principal', as: 'user' },
      { from: 'withChangeOwnersPrivilege', to: 'owners.canGrant', as: 'flag' },
    ],
  },
  {
    collection: 'module_request',
    database: 'types',
    into: 'moduleRequests',
    fields: [
      { from: '_id', to: 'at', as: 'timeOfId' },
      { from: 'moduleName', to: '_id', as: 'text' },
      { from: 'ownerUserId', to: 'requester', as: 'user' },
      { from: 'withChangeOwnersPrivilege', why: 'always true' },
    ],
  },
  {
    collection: 'module_info_history',
    database: 'types',
    into: 'moduleVersions',
    fields: [
      ...typeKey,
      { from: 'versionTime', to: 'version', as: 'milliseconds' },
      { from: 'includedModuleNameToVersion', to: 'includes', as: 'includes' },
      { from: 'types', to: 'types', as: 'versions' },
      { from: 'funcs', to: 'functions', as: 'versions' },
      { from: 'description', to: 'description', as: 'text', optional: true },
      { from: 'md5hash', to: 'md5', as: 'text', optional: true },
      { from: 'uploadUserId', to: 'uploadedBy', as: 'user', optional: true },
      { from: 'uploadMethod', why: 'nothing shows it' },
      { from: 'uploadComment', why: 'nothing shows it' },
      { from: 'released', to: 'released', as: 'flag' },
    ],
  },
  {
    collection: 'module_spec_history',
    database: 'types',
    into: 'moduleVersions',
    fields: [
      ...typeKey,
      { from: 'versionTime', to: 'version', as: 'milliseconds' },
      { from: 'document', to: 'spec', as: 'text' },
    ],
  },
  {
    collection: 'module_type_schema',
    database: 'types',
    into: 'types',
    fields: [
      ...typeKey,
      { from: 'typeName', to: 'name', as: 'text' },
      { from: 'version', to: 'major and minor', as: 'text' },
      { from: 'moduleVersion', to: 'madeIn', as: 'milliseconds' },
      { from: 'document', to: 'schema', as: 'text' },
      { from: 'md5hash', to: 'md5', as: 'text' },
    ],
  },
  {
    collection: 'module_func_parse',
    database: 'types',
    into: 'functions',
    fields: [
      ...typeKey,
      { from: 'funcName', to: 'name', as: 'text' },
      { from: 'version', to: 'major and minor', as: 'text' },
      { from: 'moduleVersion', to: 'madeIn', as: 'milliseconds' },
      { from: 'document', why: DERIVED },
    ],
  },
  {
    collection: 'module_type_parse',
    database: 'types',
    fields: ['_id', 'moduleName', 'typeName', 'version', 'moduleVersion', 'document'].map((from) => ({
      from,
      why: DERIVED,
    })),
  },
  references('type_refs', 'types'),
  references('func_refs', 'functions'),
  {
    collection: 's3_objects',
    database: 'workspace',
    into: 'contents',
    fields: [
      { from: '_id', why: MADE_BY_MONGODB },
      { from: 'chksum', to: '_id', as: 'text' },
      { from: 'key', why: 'the path of the file below the folder of `--blobs`' },
      { from: 'sorted', why: 'says that keys are sorted, as they must be' },
    ],
  },
  // Its documents are pieces of data.
  { collection: 'fs.chunks', database: 'workspace', into: 'contents', fields: [] },
];

const byName = new Map(KBASE_TABLES.map((table) => [table.collection, table]));

/** The table of a collection. The two databases have no name in common. */
export function tableOf(collection: string): CollectionMapping {
  const table = byName.get(collection);
  if (table === undefined) throw new TypeError(`there is no table for the collection ${collection}`);
  return table;
}

/** Whether the collection of this database is in the tables. */
export const isKnown = (database: CollectionMapping['database'], collection: string): boolean =>
  byName.get(collection)?.database === database;
