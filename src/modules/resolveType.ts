import { refuse } from '../errors.ts';
import type { Principal } from '../identity/principal.ts';
import type { Reader } from '../store/collection.ts';
import { storedVersion } from './compile.ts';
import { type DefinitionVersion, definitionId, modules, type TypeModule, type TypeVersion, types } from './module.ts';
import { ownerIn } from './owners.ts';
import { parseTypestring, type Typestring } from './typestring.ts';

/**
 * The version of a type that a typestring means: an exact one, the newest of a major version, or the newest. What is not
 * released shows to the owners of the module, and to who names its exact version.
 *
 * @throws typestring_invalid, module_missing, module_empty, type_missing, type_unreleased
 */
export async function resolveType(
  reader: Reader,
  user: Principal | undefined,
  typestring: string | null | undefined,
): Promise<TypeVersion> {
  const wanted = parseTypestring(typestring);
  const found = isExact(wanted) ? await exact(reader, wanted) : await newest(reader, user, wanted);
  if (found !== undefined) return found;
  await registeredModule(reader, wanted.module);
  throw refuse('type_missing', String(typestring));
}

/** A module that has a specification. @throws module_missing, module_empty */
export async function registeredModule(reader: Reader, name: string): Promise<TypeModule & { readonly head: number }> {
  const module = await reader.get(modules, name);
  if (module === null) throw refuse('module_missing', name);
  const { head } = module;
  if (head === undefined) throw refuse('module_empty', name);
  return { ...module, head };
}

const isExact = ({ minor, md5 }: Typestring) => minor !== undefined || md5 !== undefined;

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
  const module = await registeredModule(reader, wanted.module);
  const asOwner = ownerIn(module, user) !== undefined;
  if (wanted.major !== undefined) return newestOfMajor(reader, wanted, wanted.major, asOwner);
  const version = versionIn(asOwner ? await headTypes(reader, module) : module.releasedTypes, wanted.type);
  if (version === undefined && !asOwner && versionIn(await headTypes(reader, module), wanted.type) !== undefined) {
    throw refuse('type_unreleased');
  }
  if (version === undefined) return undefined;
  return (await reader.get(types, definitionId(module._id, { name: wanted.type, version }))) ?? undefined;
}

/** The types that the newest version of a module supports. */
async function headTypes(reader: Reader, module: TypeModule & { readonly head: number }) {
  const { types } = await storedVersion(reader, module._id, module.head);
  return types.filter((type) => type.supported);
}

const versionIn = (found: readonly { readonly name: string; readonly version: string }[], name: string) =>
  found.find((type) => type.name === name)?.version;

async function newestOfMajor(reader: Reader, { module, type }: Typestring, major: number, asOwner: boolean) {
  const filter = { module: { $eq: module }, name: { $eq: type }, major: { $eq: major } };
  return newestOf(await reader.find(types, asOwner ? filter : { ...filter, released: true }));
}

const newestOf = <D extends DefinitionVersion>(found: readonly D[]): D | undefined => [...found].sort(byVersion).at(-1);

/** The older version first. */
export const byVersion = (a: DefinitionVersion, b: DefinitionVersion): number => a.major - b.major || a.minor - b.minor;

/** Its version's text: `1.0`. */
export const versionText = ({ major, minor }: DefinitionVersion): string => `${major}.${minor}`;
