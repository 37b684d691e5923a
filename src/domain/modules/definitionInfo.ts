import { refuse } from '../../base/errors.ts';
import type {
  FuncInfo,
  TranslateFromMD5TypesMethod,
  TranslateToMD5TypesMethod,
  TypeInfo,
} from '../../base/schemas/generated.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Collection, Reader } from '../../store/collection.ts';
import { compiledVersion, storedVersion } from './compile.ts';
import { inFieldHashOrder, inHashOrder } from './kidl/hashOrder.ts';
import { funcdefParsing, typedefParsing } from './kidl/parsing.ts';
import { funcdefText, typedefText, type VersionShown } from './kidl/print.ts';
import { type Definition, type DefinitionVersion, definitionId, functions, modules, types } from './module.ts';
import { havingFunction, havingType, versionsOf, visibleVersion } from './moduleInfo.ts';
import { ownerIn } from './owners.ts';
import { byVersion, knownModule, registeredModule, resolveType, versionsWithMd5, versionText } from './resolveType.ts';
import { parseTypestring } from './typestring.ts';

/** @throws what resolveType throws */
export async function getTypeInfo(reader: Reader, user: Principal | undefined, typestring: string): Promise<TypeInfo> {
  const type = await resolveType(reader, user, typestring);
  const { module, name, madeIn } = type;
  const { module: compiled } = await compiledVersion(reader, module, madeIn);
  const typedef = compiled.typedefs.get(name);
  if (typedef === undefined) throw new Error(`${type._id} is missing in the version that it was made in`);
  const isOwner = await owns(reader, module, user);
  const found = await versionsOf(reader, module, havingType(name, versionText(type)));
  const released = found.filter((v) => v.released);
  const shown = isOwner || released.length === 0 ? found : released;
  const [versions, releasedVersions] = await allVersions(reader, types, type);
  const using = async (of: Collection<DefinitionVersion>) => {
    const found = await reader.find(of, { uses: { $eq: type._id } }, { sort: { _id: 1 } });
    const visible = await Promise.all(found.map(async (d) => d.released || (await owns(reader, d.module, user))));
    const shown = new Set(found.filter((_, i) => visible[i]).map((d) => d._id));
    const all = found.map((d) => d._id);
    return inFieldHashOrder(all, (id) => [...partsOf(id), ...partsOf(type._id)]).filter((id) => shown.has(id));
  };
  return {
    type_def: type._id,
    description: typedef.comment,
    spec_def: typedefText(typedef, await versionsShown(reader, module, shown[0]?.version ?? madeIn)),
    json_schema: type.schema,
    parsing_structure: typedefParsing(typedef),
    module_vers: shown.map((v) => v.version),
    released_module_vers: released.map((v) => v.version),
    type_vers: isOwner ? versions : releasedVersions,
    released_type_vers: releasedVersions,
    using_func_defs: await using(functions),
    using_type_defs: await using(types),
    used_type_defs: await usedTypes(reader, type, isOwner),
  };
}

/** @throws module_missing, module_empty, and what resolveType throws */
export async function getAllTypeInfo(reader: Reader, user: Principal | undefined, module: string): Promise<TypeInfo[]> {
  const version = await visibleVersion(reader, await registeredModule(reader, module), { user });
  const infos: TypeInfo[] = [];
  for (const id of shownIn(module, version.types)) infos.push(await getTypeInfo(reader, user, id));
  return infos;
}

/** @throws typestring_invalid, module_missing, function_missing, function_unreleased */
export async function getFuncInfo(reader: Reader, user: Principal | undefined, text: string): Promise<FuncInfo> {
  const func = await resolveFunction(reader, user, text);
  const { module, name, madeIn } = func;
  const { module: compiled } = await compiledVersion(reader, module, madeIn);
  const funcdef = compiled.funcdefs.get(name);
  if (funcdef === undefined) throw new Error(`${func._id} is missing in the version that it was made in`);
  const isOwner = await owns(reader, module, user);
  const found = await versionsOf(reader, module, havingFunction(name, versionText(func)));
  const released = found.filter((v) => v.released);
  const shown = released.length === 0 ? found : released;
  const [versions, releasedVersions] = await allVersions(reader, functions, func);
  return {
    func_def: func._id,
    description: funcdef.comment,
    spec_def: funcdefText(funcdef, module, await versionsShown(reader, module, shown[0]?.version ?? madeIn)),
    parsing_structure: funcdefParsing(funcdef),
    module_vers: shown.map((v) => v.version),
    released_module_vers: released.map((v) => v.version),
    func_vers: isOwner ? versions : releasedVersions,
    released_func_vers: releasedVersions,
    used_type_defs: await usedTypes(reader, func, isOwner),
  };
}

/** @throws module_missing, module_empty */
export async function getAllFuncInfo(reader: Reader, user: Principal | undefined, module: string): Promise<FuncInfo[]> {
  const version = await visibleVersion(reader, await registeredModule(reader, module), { user });
  const infos: FuncInfo[] = [];
  for (const id of shownIn(module, version.functions)) infos.push(await getFuncInfo(reader, user, id));
  return infos;
}

async function resolveFunction(reader: Reader, user: Principal | undefined, text: string): Promise<DefinitionVersion> {
  const { module: mod, type: name, major, minor } = parseTypestring(text);
  const module = await knownModule(reader, mod);
  const versionIn = async (version: number | undefined) => {
    if (version === undefined) return undefined;
    const { functions } = await storedVersion(reader, mod, version);
    return functions.find((func) => func.supported && func.name === name)?.version;
  };
  const isOwner = ownerIn(module, user) !== undefined;
  const named = major === undefined ? undefined : `${major}${minor === undefined ? '' : `.${minor}`}`;
  const version = named ?? (await versionIn(isOwner ? module.head : module.released));
  if (version === undefined) {
    if (!isOwner && (await versionIn(module.head)) !== undefined) throw refuse('function_unreleased');
    throw refuse('function_missing', `${mod}.${name}`);
  }
  const stored = await reader.get(functions, definitionId(mod, { name, version }));
  if (stored === null) throw refuse('function_missing', `${mod}.${name}`, version);
  return stored;
}

/** The types with the MD5 of their version instead of its number. @throws what resolveType throws */
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

/** The versions that have these MD5s. @throws typestring_invalid, module_missing, type_md5_missing */
export async function translateFromMd5(
  reader: Reader,
  typestrings: readonly (string | null)[],
): Promise<TranslateFromMD5TypesMethod['result']> {
  const found: [string, string[]][] = [];
  for (const typestring of typestrings) {
    const wanted = parseTypestring(typestring);
    if (wanted.md5 === undefined) throw refuse('type_md5_missing', String(typestring));
    await knownModule(reader, wanted.module);
    const versions = await versionsWithMd5(reader, wanted);
    found.push([String(typestring), versions.map((version) => version._id)]);
  }
  return Object.fromEntries(found);
}

async function owns(reader: Reader, name: string, user: Principal | undefined): Promise<boolean> {
  if (user === undefined) return false;
  const module = await reader.get(modules, name);
  return module !== null && ownerIn(module, user) !== undefined;
}

/** The definitions of a version that are not removed, in KBase's order. */
const shownIn = (module: string, definitions: readonly Definition[]): string[] =>
  inHashOrder(definitions.filter(({ supported }) => supported).map((one) => definitionId(module, one)));

/** Module, name and version of `Module.Name-1.0`. */
const partsOf = (id: string): string[] => /^([^.]+)\.([^-]+)-(.+)$/.exec(id)?.slice(1) ?? [];

/** The types that a definition uses, as far as the caller may see them, in KBase's order. */
async function usedTypes(reader: Reader, { _id, uses }: DefinitionVersion, isOwner: boolean): Promise<string[]> {
  const inOrder = inFieldHashOrder(uses, (id) => [...partsOf(_id), ...partsOf(id)]);
  if (isOwner) return inOrder;
  const found = await reader.parts(types, { _id: { $in: [...uses] }, released: true }, { fields: [] });
  const released = new Set(found.map((type) => type._id));
  return inOrder.filter((id) => released.has(id));
}

/** The versions of types in one version of a module and in all that it includes. */
async function versionsShown(reader: Reader, module: string, version: number): Promise<VersionShown> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  const collect = async (name: string, wanted: number) => {
    if (found.has(name)) return;
    const { types, includes } = await storedVersion(reader, name, wanted);
    found.set(name, new Map(types.map((type) => [type.name, type.version])));
    for (const included of includes) await collect(included.module, included.version);
  };
  await collect(module, version);
  return (typedef) => found.get(typedef.module)?.get(typedef.name);
}

/** All versions of a definition, and the released ones. */
async function allVersions<T extends DefinitionVersion>(
  reader: Reader,
  of: Collection<T>,
  { module, name }: DefinitionVersion,
): Promise<[string[], string[]]> {
  const all = (await reader.find(of, { module: { $eq: module }, name: { $eq: name } })).sort(byVersion);
  return [all, all.filter((version) => version.released)].map((some) => some.map(({ _id }) => _id)) as [
    string[],
    string[],
  ];
}
