import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import type { Inspecting } from './inspecting.ts';
import { tableOf } from './kbaseTables.ts';

/** What KBase's unique indexes keep unique, and an import relies on. */
const KEYS: readonly (readonly [collection: string, ...fields: string[]])[] = [
  ['workspaces', 'ws'],
  ['workspaces', 'name'],
  ['workspaceACLs', 'id', 'user'],
  ['workspaceObjects', 'ws', 'id'],
  ['workspaceObjects', 'ws', 'name'],
  ['workspaceObjVersions', 'ws', 'id', 'ver'],
  ['s3_objects', 'chksum'],
  ['module_version', 'moduleName'],
  ['module_owner', 'moduleName', 'ownerUserId'],
  ['module_request', 'moduleName'],
  ['module_info_history', 'moduleName', 'versionTime'],
  ['module_spec_history', 'moduleName', 'versionTime'],
  ['module_type_schema', 'moduleName', 'typeName', 'version'],
  ['module_func_parse', 'moduleName', 'funcName', 'version'],
];
const MAX_NAMED = 5;

/** Finds numbers and names that occur twice, which is possible where a database was restored without its indexes. */
export async function inspectKeys({ sources, findings }: Inspecting): Promise<void> {
  const present = new Set([...(await sources.workspace.collections()), ...(await sources.types.collections())]);
  for (const [collection, ...fields] of KEYS.filter(([name]) => present.has(name))) {
    const source = sources[tableOf(collection).database];
    const indexed = await source.uniqueKeys(collection);
    if (indexed.some((key) => key.every((field) => fields.includes(field)))) continue;
    for (const value of await source.repeated(collection, fields, MAX_NAMED)) {
      findings.add('database', `${source.place}.${collection}`, `several documents have the ${named(value)}`);
    }
  }
}

/** A key and its value, as `ws 1, name x`. */
const named = (value: ForeignDocument): string =>
  Object.entries(value)
    .map(([field, one]) => `${field} ${one}`)
    .join(', ');
