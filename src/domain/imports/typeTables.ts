import { DERIVED, ID_WITHOUT_MEANING } from './droppedFields.ts';
import type { FieldsMapping } from './mapping.ts';

/** What begins every document of a version of a module. */
const OF_MODULE = [ID_WITHOUT_MEANING, { from: 'moduleName', to: 'module', as: 'text' }] as const;

const references = (collection: string, into: string): FieldsMapping => ({
  collection,
  into,
  fields: [
    ID_WITHOUT_MEANING,
    { from: 'depModule', to: 'module', as: 'text' },
    { from: 'depName', to: 'name', as: 'text' },
    { from: 'depVersion', to: 'major and minor', as: 'text' },
    { from: 'depModuleVersion', why: DERIVED },
    { from: 'refModule', to: 'uses', as: 'text' },
    { from: 'refName', to: 'uses', as: 'text' },
    { from: 'refVersion', to: 'uses', as: 'text' },
  ],
});

/** How the collections of KBase's database of type specifications become those of Steward. */
export const TYPE_TABLES: readonly FieldsMapping[] = [
  {
    collection: 'module_version',
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
    into: 'modules',
    fields: [
      ID_WITHOUT_MEANING,
      { from: 'moduleName', to: '_id', as: 'text' },
      { from: 'ownerUserId', to: 'owners.principal', as: 'user' },
      { from: 'withChangeOwnersPrivilege', to: 'owners.canGrant', as: 'flag' },
    ],
  },
  {
    collection: 'module_request',
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
    into: 'moduleVersions',
    fields: [
      ...OF_MODULE,
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
    into: 'moduleVersions',
    fields: [
      ...OF_MODULE,
      { from: 'versionTime', to: 'version', as: 'milliseconds' },
      { from: 'document', to: 'spec', as: 'text' },
    ],
  },
  {
    collection: 'module_type_schema',
    into: 'types',
    fields: [
      ...OF_MODULE,
      { from: 'typeName', to: 'name', as: 'text' },
      { from: 'version', to: 'major and minor', as: 'text' },
      { from: 'moduleVersion', to: 'madeIn', as: 'milliseconds' },
      { from: 'document', to: 'schema', as: 'text' },
      { from: 'md5hash', to: 'md5', as: 'text' },
    ],
  },
  {
    collection: 'module_func_parse',
    into: 'functions',
    fields: [
      ...OF_MODULE,
      { from: 'funcName', to: 'name', as: 'text' },
      { from: 'version', to: 'major and minor', as: 'text' },
      { from: 'moduleVersion', to: 'madeIn', as: 'milliseconds' },
      { from: 'document', why: DERIVED },
    ],
  },
  {
    collection: 'module_type_parse',
    fields: ['_id', 'moduleName', 'typeName', 'version', 'moduleVersion', 'document', 'md5hash'].map((from) => ({
      from,
      why: DERIVED,
    })),
  },
  references('type_refs', 'types'),
  references('func_refs', 'functions'),
];
