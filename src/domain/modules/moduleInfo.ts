import { refuse } from '../../base/errors.ts';
import type {
  GetModuleInfoMethod,
  ListAllTypesMethod,
  ListModulesMethod,
  ListModuleVersionsMethod,
  ModuleInfo,
} from '../../base/schemas/generated.ts';
import { ANY_USERS } from '../../identity/nameRules.ts';
import type { People } from '../../identity/people.ts';
import type { Principal } from '../../identity/principal.ts';
import { resolveToShow } from '../../identity/resolver.ts';
import type { Reader } from '../../store/collection.ts';
import { storedVersion } from './compile.ts';
import {
  definitionId,
  type ModuleVersion,
  modules,
  moduleVersions,
  type TypeModule,
  types,
  versionId,
} from './module.ts';
import { ownerIn } from './owners.ts';
import { knownModule, registeredModule, resolveType, versionText } from './resolveType.ts';
import { isExactVersion, parseTypestring } from './typestring.ts';

/** The names of all modules, or of those of one user, in order. */
export async function listModules(
  reader: Reader,
  { owner }: ListModulesMethod['params'],
): Promise<ListModulesMethod['result']> {
  const users = owner === undefined ? [] : await resolveToShow(reader, [owner], { ...ANY_USERS, formerToo: true });
  const filter = owner === undefined ? {} : { 'owners.principal': { $in: users.map(({ id }) => id) } };
  const found = await reader.parts(modules, filter, { fields: [], sort: { _id: 1 } });
  return found.map((module) => module._id);
}

/**
 * The types of the newest released version of every module, by module and name, including those that were removed from
 * it. Modules without types are listed on request.
 */
export async function listAllTypes(
  reader: Reader,
  { with_empty_modules: withEmpty = 0 }: ListAllTypesMethod['params'],
): Promise<ListAllTypesMethod['result']> {
  const found = await reader.parts(modules, {}, { fields: ['released'], sort: { _id: 1 } });
  const ids = found.flatMap(({ _id, released }) => (released === undefined ? [] : [versionId(_id, released)]));
  const versions = await reader.parts(moduleVersions, { _id: { $in: ids } }, { fields: ['module', 'types'] });
  const typesOf = new Map(versions.map((version) => [version.module, version.types]));
  return Object.fromEntries(
    found.flatMap(({ _id }) => {
      const named = (typesOf.get(_id) ?? []).map(({ name, version }) => [name, version] as const);
      if (named.length === 0 && withEmpty === 0) return [];
      return [[_id, Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))]];
    }),
  );
}

/**
 * The versions of a module, or those that support a version of a type, the oldest first. Callers who do not own the
 * module see the released ones; if they name an exact version of a type of which none is released, they see all.
 *
 * @throws invalid_params, module_missing, and what resolveType throws
 */
export async function listModuleVersions(
  reader: Reader,
  user: Principal | undefined,
  { mod, type }: ListModuleVersionsMethod['params'],
): Promise<ListModuleVersionsMethod['result']> {
  if ((mod === undefined) === (type === undefined)) {
    throw refuse('invalid_params', 'Must provide either a module name or a type');
  }
  const version = type === undefined ? undefined : await resolveType(reader, user, type);
  const module = await knownModule(reader, version?.module ?? mod ?? '');
  const isOwner = ownerIn(module, user) !== undefined;
  const having = version === undefined ? {} : havingType(version.name, versionText(version));
  const found = await versionsOf(reader, module._id, having);
  const released = found.filter((v) => v.released);
  const isExact = type !== undefined && isExactVersion(parseTypestring(type));
  const vers = isOwner || (isExact && released.length === 0) ? found : released;
  return { mod: module._id, vers: vers.map((v) => v.version) };
}

/** The versions of a module that match, the oldest first. */
export function versionsOf(reader: Reader, module: string, filter: object) {
  const wanted = { fields: ['version', 'released'] as const };
  return reader.parts(moduleVersions, { module: { $eq: module }, ...filter }, { ...wanted, sort: { version: 1 } });
}

export const havingType = (name: string, version: string) => ({
  types: { $elemMatch: { name: { $eq: name }, version: { $eq: version }, supported: true } },
});

export const havingFunction = (name: string, version: string) => ({
  functions: { $elemMatch: { name: { $eq: name }, version: { $eq: version }, supported: true } },
});

/**
 * A version of a module: by default the newest released one, for owners the newest.
 *
 * @throws invalid_params, module_missing, module_empty, module_version_missing
 */
export async function getModuleInfo(
  { reader, people, user }: { readonly reader: Reader; readonly people: People; readonly user: Principal | undefined },
  { mod, ver }: GetModuleInfoMethod['params'],
): Promise<ModuleInfo> {
  if (mod === undefined) throw refuse('invalid_params', 'Must provide a module name');
  const module = await registeredModule(reader, mod);
  const version = await visibleVersion(reader, module, { user, wanted: ver });
  const nameOf = await people.names(module.owners.map((owner) => owner.principal));
  const ids = version.types.filter((type) => type.supported).map((type) => definitionId(mod, type));
  const schemas = await reader.find(types, { _id: { $in: ids } }, { sort: { _id: 1 } });
  return {
    owners: module.owners.map((owner) => nameOf(owner.principal)),
    ver: version.version,
    spec: version.spec,
    description: version.description,
    types: Object.fromEntries(schemas.map(({ _id, schema }) => [_id, schema])),
    included_spec_version: Object.fromEntries(version.includes.map((i) => [i.module, i.version])),
    chsum: version.md5,
    functions: version.functions.filter((f) => f.supported).map((f) => definitionId(mod, f)),
    is_released: version.released ? 1 : 0,
  };
}

/**
 * The wanted version of a module. Everybody who knows the number of an unreleased version may see it, so that other
 * services can copy it.
 *
 * @throws module_empty, module_version_missing
 */
export async function visibleVersion(
  reader: Reader,
  module: TypeModule & { readonly head: number },
  { user, wanted }: { readonly user: Principal | undefined; readonly wanted?: number | undefined },
): Promise<ModuleVersion> {
  const version = wanted ?? (ownerIn(module, user) === undefined ? module.released : module.head);
  // In KBase the approval is a version too, without a specification.
  if (version === undefined || version === module.createdAt.getTime()) throw refuse('module_empty', module._id);
  return storedVersion(reader, module._id, version);
}
