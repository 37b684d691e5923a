import { refuse } from '../errors.ts';
import type { Principal } from '../identity/principal.ts';
import type {
  FuncInfo,
  TranslateFromMD5TypesMethod,
  TranslateToMD5TypesMethod,
  TypeInfo,
} from '../schemas/generated.ts';
import type { Collection, Reader } from '../store/collection.ts';
import { compiledVersion } from './compile.ts';
import { funcdefParsing, typedefParsing } from './kidl/parsing.ts';
import { funcdefText, typedefText } from './kidl/print.ts';
import { type DefinitionVersion, definitionId, functions, modules, types } from './module.ts';
import { havingType, versionsOf, visibleVersion } from './moduleInfo.ts';
import { ownerIn } from './owners.ts';
import { byVersion, registeredModule, resolveType, versionsWithMd5, versionText } from './resolveType.ts';
import { parseTypestring } from './typestring.ts';

/** @throws what resolveType throws */
export async function getTypeInfo(reader: Reader, user: Principal | undefined, typestring: string): Promise<TypeInfo> {
  const type = await resolveType(reader, user, typestring);
  const { module, name, madeIn } = type;
  const { stored, module: compiled } = await compiledVersion(reader, module, madeIn);
  const typedef = compiled.typedefs.get(name);
  if (typedef === undefined) throw new Error(`${type._id} is not in the version that it was made in`);
  const registered = new Set(stored.types.filter((t) => t.supported).map((t) => t.name));
  const isOwner = await owns(reader, module, user);
  const using = async (of: Collection<DefinitionVersion>) => {
    const found = await reader.find(of, { uses: { $eq: type._id } }, { sort: { _id: 1 } });
    const shown = await Promise.all(found.map(async (d) => d.released || (await owns(reader, d.module, user))));
    return found.filter((_, i) => shown[i]).map((d) => d._id);
  };
  return {
    type_def: type._id,
    description: typedef.comment,
    spec_def: typedefText(typedef, (other) => registered.has(other)),
    json_schema: type.schema,
    parsing_structure: typedefParsing(typedef),
    ...(await moduleVersionsOf(reader, module, isOwner, havingType(name, versionText(type)))),
    ...(await allVersions(reader, types, type, isOwner, (vers, released) => ({
      type_vers: vers,
      released_type_vers: released,
    }))),
    using_func_defs: await using(functions),
    using_type_defs: await using(types),
    used_type_defs: [...type.uses],
  };
}

/** @throws module_missing, module_empty, and what resolveType throws */
export async function getAllTypeInfo(reader: Reader, user: Principal | undefined, module: string): Promise<TypeInfo[]> {
  const version = await visibleVersion(reader, await registeredModule(reader, module), user);
  const infos: TypeInfo[] = [];
  for (const type of version.types.filter((t) => t.supported)) {
    infos.push(await getTypeInfo(reader, user, definitionId(module, type)));
  }
  return infos;
}

/** @throws typestring_invalid, module_missing, module_empty, function_missing */
export async function getFuncInfo(reader: Reader, user: Principal | undefined, text: string): Promise<FuncInfo> {
  const func = await resolveFunction(reader, user, text);
  const { module, name, madeIn } = func;
  const { stored, module: compiled } = await compiledVersion(reader, module, madeIn);
  const funcdef = compiled.funcdefs.get(name);
  if (funcdef === undefined) throw new Error(`${func._id} is not in the version that it was made in`);
  const registered = new Set(stored.types.filter((t) => t.supported).map((t) => t.name));
  const isOwner = await owns(reader, module, user);
  const having = { functions: { $elemMatch: { name: { $eq: name }, version: { $eq: versionText(func) } } } };
  return {
    func_def: func._id,
    description: funcdef.comment,
    spec_def: funcdefText(funcdef, module, (other) => registered.has(other)),
    parsing_structure: funcdefParsing(funcdef),
    ...(await moduleVersionsOf(reader, module, isOwner, having)),
    ...(await allVersions(reader, functions, func, isOwner, (vers, released) => ({
      func_vers: vers,
      released_func_vers: released,
    }))),
    used_type_defs: [...func.uses],
  };
}

/** @throws module_missing, module_empty */
export async function getAllFuncInfo(reader: Reader, user: Principal | undefined, module: string): Promise<FuncInfo[]> {
  const version = await visibleVersion(reader, await registeredModule(reader, module), user);
  const infos: FuncInfo[] = [];
  for (const func of version.functions.filter((f) => f.supported)) {
    infos.push(await getFuncInfo(reader, user, definitionId(module, func)));
  }
  return infos;
}

async function resolveFunction(reader: Reader, user: Principal | undefined, text: string): Promise<DefinitionVersion> {
  const { module: mod, type: name, major, minor } = parseTypestring(text);
  const module = await registeredModule(reader, mod);
  const found =
    major === undefined
      ? (await visibleVersion(reader, module, user)).functions.find((f) => f.supported && f.name === name)?.version
      : `${major}.${minor ?? 0}`;
  const stored = found === undefined ? null : await reader.get(functions, definitionId(mod, { name, version: found }));
  if (stored === null) throw refuse('function_missing', text);
  return stored;
}

/** The types with their version's MD5 in place of its number. @throws what resolveType throws */
export async function translateToMd5(
  reader: Reader,
  user: Principal | undefined,
  typestrings: readonly (string | null)[],
): Promise<TranslateToMD5TypesMethod['result']> {
  const found: [string, string][] = [];
  for (const typestring of typestrings) {
    const { module, name, md5 } = await resolveType(reader, user, typestring);
    found.push([String(typestring), `${module}.${name}-${md5}`]);
  }
  return Object.fromEntries(found);
}

/** The versions that have these MD5s. @throws typestring_invalid, type_missing */
export async function translateFromMd5(
  reader: Reader,
  typestrings: readonly (string | null)[],
): Promise<TranslateFromMD5TypesMethod['result']> {
  const found: [string, string[]][] = [];
  for (const typestring of typestrings) {
    const versions = await versionsWithMd5(reader, parseTypestring(typestring));
    if (versions.length === 0) throw refuse('type_missing', String(typestring));
    found.push([String(typestring), versions.map((version) => version._id)]);
  }
  return Object.fromEntries(found);
}

async function owns(reader: Reader, name: string, user: Principal | undefined): Promise<boolean> {
  if (user === undefined) return false;
  const module = await reader.get(modules, name);
  return module !== null && ownerIn(module, user) !== undefined;
}

/** The module's versions with a definition; for others than owners the released ones, if there are any. */
async function moduleVersionsOf(reader: Reader, module: string, isOwner: boolean, having: object) {
  const found = await versionsOf(reader, module, having);
  const released = found.filter((v) => v.released);
  const shown = isOwner || released.length === 0 ? found : released;
  return { module_vers: shown.map((v) => v.version), released_module_vers: released.map((v) => v.version) };
}

async function allVersions<T extends DefinitionVersion, R>(
  reader: Reader,
  of: Collection<T>,
  { module, name }: DefinitionVersion,
  isOwner: boolean,
  named: (versions: string[], released: string[]) => R,
): Promise<R> {
  const all = (await reader.find(of, { module: { $eq: module }, name: { $eq: name } })).sort(byVersion);
  const released = all.filter((version) => version.released).map((version) => version._id);
  return named(isOwner ? all.map((version) => version._id) : released, released);
}
