import { DERIVED, ID_WITHOUT_MEANING } from './droppedFields.ts';
import type { FieldMapping, FieldsMapping } from './mapping.ts';

const workspaceTable: FieldsMapping = {
  collection: 'workspaces',
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

const permissionTable: FieldsMapping = {
  collection: 'workspaceACLs',
  into: 'workspaces',
  fields: [
    ID_WITHOUT_MEANING,
    { from: 'id', to: 'number', as: 'number' },
    { from: 'user', to: 'grants.principal', as: 'user' },
    { from: 'perm', to: 'grants.level', as: 'permission' },
  ],
};

const objectTable: FieldsMapping = {
  collection: 'workspaceObjects',
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

const versionTable: FieldsMapping = {
  collection: 'workspaceObjVersions',
  into: 'versions',
  fields: [
    ID_WITHOUT_MEANING,
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

const unitFields: readonly FieldMapping[] = [
  { from: 'resourceName', to: 'resource_name', as: 'text', optional: true },
  { from: 'resourceUrl', to: 'resource_url', as: 'text', optional: true },
  { from: 'resourceVersion', to: 'resource_version', as: 'text', optional: true },
  { from: 'resourceReleaseDate', to: 'resource_release_date and resource_release_epoch', as: 'time', optional: true },
  { from: 'dataUrl', to: 'data_url', as: 'text', optional: true },
  { from: 'dataId', to: 'data_id', as: 'text', optional: true },
  { from: 'description', to: 'description', as: 'text', optional: true },
];

const subActionFields: readonly FieldMapping[] = [
  { from: 'name', to: 'name', as: 'text', optional: true },
  { from: 'ver', to: 'ver', as: 'text', optional: true },
  { from: 'codeUrl', to: 'code_url', as: 'text', optional: true },
  { from: 'commit', to: 'commit', as: 'text', optional: true },
  { from: 'endpointUrl', to: 'endpoint_url', as: 'text', optional: true },
];

const actionFields: readonly FieldMapping[] = [
  { from: 'time', to: 'time and epoch', as: 'time', optional: true },
  { from: 'caller', to: 'caller', as: 'text', optional: true },
  { from: 'service', to: 'service', as: 'text', optional: true },
  { from: 'serviceVersion', to: 'service_ver', as: 'text', optional: true },
  { from: 'method', to: 'method', as: 'text', optional: true },
  { from: 'methodParameters', to: 'method_params', as: 'list', optional: true },
  { from: 'script', to: 'script', as: 'text', optional: true },
  { from: 'scriptVersion', to: 'script_ver', as: 'text', optional: true },
  { from: 'commandLine', to: 'script_command_line', as: 'text', optional: true },
  { from: 'wsobjs', to: 'input_ws_objects', as: 'texts', optional: true },
  { from: 'incomingArgs', to: 'intermediate_incoming', as: 'texts', optional: true },
  { from: 'outgoingArgs', to: 'intermediate_outgoing', as: 'texts', optional: true },
  { from: 'externalData', to: 'external_data', as: 'documents', optional: true, items: unitFields },
  { from: 'subActions', to: 'subactions', as: 'documents', optional: true, items: subActionFields },
  { from: 'custom', to: 'custom', as: 'document', optional: true },
  { from: 'description', to: 'description', as: 'text', optional: true },
];

const provenanceTable: FieldsMapping = {
  collection: 'provenance',
  into: 'versions',
  fields: [
    { from: '_id', why: 'the key by which versions name it' },
    { from: 'date', to: 'origin.savedAt', as: 'instant' },
    { from: 'wsid', to: 'origin.ws', as: 'number' },
    { from: 'user', to: 'origin.savedBy', as: 'user' },
    { from: 'actions', to: 'provenance', as: 'documents', items: actionFields },
  ],
};

/** How the collections of KBase's workspace database become those of Steward. */
export const WORKSPACE_TABLES: readonly FieldsMapping[] = [
  workspaceTable,
  permissionTable,
  objectTable,
  versionTable,
  provenanceTable,
  {
    collection: 'workspaceCounter',
    into: 'counters',
    fields: [ID_WITHOUT_MEANING, { from: 'id', why: 'always the same' }, { from: 'num', to: 'last', as: 'number' }],
  },
  {
    collection: 'admins',
    into: 'roster',
    fields: [
      { from: '_id', to: 'admins.addedAt', as: 'timeOfId' },
      { from: 'user', to: 'admins.principal', as: 'user' },
    ],
  },
  {
    collection: 'dyncfg',
    into: 'dynamicConfig',
    fields: [
      ID_WITHOUT_MEANING,
      { from: 'key', to: 'the field of this name', as: 'text' },
      { from: 'value', to: 'its value', as: 'number' },
    ],
  },
  {
    collection: 'config',
    fields: [
      ID_WITHOUT_MEANING,
      { from: 'config', why: 'always the same' },
      { from: 'inupdate', why: 'must be false' },
      { from: 'schemaver', why: 'must be 2' },
    ],
  },
  {
    collection: 'fs.files',
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
    collection: 's3_objects',
    into: 'contents',
    fields: [
      ID_WITHOUT_MEANING,
      { from: 'chksum', to: '_id', as: 'text' },
      { from: 'key', why: 'the path of the file below the folder of `--blobs`' },
      { from: 'sorted', why: 'says that keys are sorted, as they must be' },
    ],
  },
  // Its documents are pieces of data.
  { collection: 'fs.chunks', into: 'contents', fields: [] },
];
