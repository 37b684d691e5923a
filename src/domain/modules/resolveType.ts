import { refuse } from '../../base/errors.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import { storedVersion } from './compile.ts';
import { type DefinitionVersion, definitionId, modules, type TypeModule, type TypeVersion, types } from './module.ts';
import { ownerIn } from './owners.ts';
import { isExactVersion, parseTypestring, type Typestring } from './typestring.ts';

/**
 * The version of a type that a typestring means: an exact one, the newest of a major version, or the newest. Unreleased
 * versions count only for owners of the module, or if the exact version is named.
 *
 * @param user undefined for anonymous callers, and for saves, for which ownership does not count
 * @throws typestring_invalid, module_missing, type_missing, type_unreleased
 */
export async function resolveType(
  reader: Reader,
  user: Principal | undefined,
  typestring: string | null | undefined,
): Promise<TypeVersion> {
  const wanted = parseTypestring(typestring);
  const found = isExactVersion(wanted) ? await exact(reader, wanted) : await newest(reader, user, wanted);
  if (found !== undefined) return found;
  await knownModule(reader, wanted.module);
  throw refuse('type_missing', String(typestring));
}

/** @throws module_missing */
export async function knownModule(reader: Reader, name: string): Promise<TypeModule> {
  const module = await reader.get(modules, name);
  if (module === null) throw refuse('module_missing', name);
  return module;
}

/** A module with a specification. @throws module_missing, module_empty */
export async function registeredModule(reader: Reader, name: string): Promise<TypeModule & { readonly head: number }> {
  const module = await knownModule(reader, name);
  const { head } = module;
  if (head === undefined) throw refuse('module_empty', name);
  return { ...module, head };
}

async function exact(reader: Reader, wanted: Typestring): Promise<TypeVersion | undefined> {
  const { module, type: name, major, minor, md5 } = wanted;
  if (md5 === undefined) {
    return (await reader.get(types, definitionId(module, { name, version: `${major}.${minor}` }))) ?? undefined;
  }
  return newestOf(await versionsWithMd5(reader, wanted));
}

/** The versions of a type whose JSON Schema has this MD5, the oldest first. */
export async function versionsWithMd5(reader: Reader, { module, type, md5 }: Typestring): Promise<TypeVersion[]> {
  if (md5 === undefined) return [];
  const found = await reader.find(types, { module: { $eq: module }, name: { $eq: type }, md5: { $eq: md5 } });
  return found.sort(byVersion);
}

async function newest(reader: Reader, user: Principal | undefined, wanted: Typestring) {
  const module = await knownModule(reader, wanted.module);
  const asOwner = ownerIn(module, user) !== undefined;
  const find = wanted.major === undefined ? newestOfAll : newestOfMajor;
  const found = await find(reader, module, { ...wanted, unreleased: asOwner });
  if (found !== undefined || asOwner) return found;
  if ((await find(reader, module, { ...wanted, unreleased: true })) !== undefined) throw refuse('type_unreleased');
  return undefined;
}

type Search = Typestring & { readonly unreleased: boolean };

async function newestOfAll(reader: Reader, module: TypeModule, { type, unreleased }: Search) {
  const version = versionIn(unreleased ? await headTypes(reader, module) : module.releasedTypes, type);
  if (version === undefined) return undefined;
  return (await reader.get(types, definitionId(module._id, { name: type, version }))) ?? undefined;
}

async function newestOfMajor(reader: Reader, module: TypeModule, { type, major, unreleased }: Search) {
  const filter = { module: { $eq: module._id }, name: { $eq: type }, major: { $eq: major } };
  return newestOf(await reader.find(types, unreleased ? filter : { ...filter, released: true }));
}

/** The supported types of the newest version of a module. */
async function headTypes(reader: Reader, module: TypeModule) {
  if (module.head === undefined) return [];
  const { types } = await storedVersion(reader, module._id, module.head);
  return types.filter((type) => type.supported);
}

const versionIn = (found: readonly { readonly name: string; readonly version: string }[], name: string) =>
  found.find((type) => type.name === name)?.version;

const newestOf = <D extends DefinitionVersion>(found: readonly D[]): D | undefined => [...found].sort(byVersion).at(-1);

/** Orders older versions first. */
export const byVersion = (a: DefinitionVersion, b: DefinitionVersion): number => a.major - b.major || a.minor - b.minor;

/** Such as `1.0`. */
export const versionText = ({ major, minor }: DefinitionVersion): string => `${major}.${minor}`;
