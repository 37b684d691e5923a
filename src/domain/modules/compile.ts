import { LRUCache } from 'lru-cache';
import { refuse } from '../../base/errors.ts';
import { utf8Size } from '../../base/text.ts';
import { digest } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import type { Module } from './kidl/definition.ts';
import { SpecError } from './kidl/specError.ts';
import { type Included, type ModuleVersion, modules, moduleVersions, versionId } from './module.ts';

/** The most modules that a specification may include, directly or through others. */
const MAX_INCLUDED = 50;
const MAX_COMPILED = 200;
/** The size of the cache in bytes of specifications. */
const MAX_COMPILED_BYTES = 10_000_000;

/** The parser is large, and loaded only when it is first used. */
export const loadParser = () => import('./kidl/parse.ts');

/** A version of a module with its definitions. */
export interface Compiled {
  readonly stored: ModuleVersion;
  readonly module: Module;
  /** A digest of its text and of all that it includes. */
  readonly key: string;
}

/** By key. */
const compiled = new LRUCache<string, Module>({ max: MAX_COMPILED, maxSize: MAX_COMPILED_BYTES });

/** @throws module_version_missing */
export async function compiledVersion(reader: Reader, module: string, version: number): Promise<Compiled> {
  return compileStored(reader, await storedVersion(reader, module, version), new Map());
}

/** The same for many versions of one module: each is compiled once. */
export function compiledVersions(reader: Reader, name: string): (version: number) => Promise<Module> {
  const found = new Map<number, Module>();
  return async (version) => {
    const known = found.get(version) ?? (await compiledVersion(reader, name, version)).module;
    found.set(version, known);
    return known;
  };
}

/** @throws module_version_missing */
export async function storedVersion(reader: Reader, module: string, version: number): Promise<ModuleVersion> {
  const stored = await reader.get(moduleVersions, versionId(module, version));
  if (stored === null) throw refuse('module_version_missing', module, version);
  return stored;
}

/** The modules that a specification includes, by name: each in only one version. */
export type Inclusion = Map<string, Compiled>;

/**
 * The modules that a specification includes, in the wanted version, or else the newest released one.
 *
 * @throws module_missing, module_empty, module_version_missing, spec_invalid
 */
export async function include(
  reader: Reader,
  names: readonly string[],
  wanted: ReadonlyMap<string, number>,
): Promise<Inclusion> {
  const found: Inclusion = new Map();
  for (const name of names) {
    const version = wanted.get(name) ?? (await newestReleased(reader, name));
    await compileStored(reader, await storedVersion(reader, name, version), found);
  }
  return found;
}

/** @throws spec_invalid */
export async function compileText(text: string, names: readonly string[], included: Inclusion): Promise<Module> {
  const chosen = names.flatMap((name) => included.get(name) ?? []);
  return compileOnce(keyOf(text, chosen), text, chosen);
}

const keyOf = (text: string, included: readonly Compiled[]) => digest([text, ...included.map(({ key }) => key)]);

async function compileStored(reader: Reader, stored: ModuleVersion, found: Inclusion): Promise<Compiled> {
  const { module: name, version } = stored;
  const known = found.get(name);
  if (known !== undefined) {
    if (known.stored.version === version) return known;
    const both = `${versionId(name, known.stored.version)} and ${versionId(name, version)}`;
    throw refuse('spec_invalid', `Incompatible module dependecies: ${both}`);
  }
  if (found.size >= MAX_INCLUDED) throw refuse('spec_invalid', `more than ${MAX_INCLUDED} modules are included`);
  const included: Compiled[] = [];
  for (const inner of stored.includes) included.push(await compileIncluded(reader, inner, found));
  const key = keyOf(stored.spec, included);
  const made = { stored, module: await compileOnce(key, stored.spec, included), key };
  found.set(name, made);
  return made;
}

async function compileIncluded(reader: Reader, { module, version }: Included, found: Inclusion): Promise<Compiled> {
  return compileStored(reader, await storedVersion(reader, module, version), found);
}

async function compileOnce(key: string, text: string, included: readonly Compiled[]): Promise<Module> {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const { parseSpec } = await loadParser();
  try {
    const made = parseSpec(text, new Map(included.map(({ module }) => [module.name, module])));
    compiled.set(key, made, { size: utf8Size(text) + 1 });
    return made;
  } catch (error) {
    throw error instanceof SpecError ? refuse('spec_invalid', error.message) : error;
  }
}

async function newestReleased(reader: Reader, name: string): Promise<number> {
  const module = await reader.get(modules, name);
  if (module === null) throw refuse('module_missing', name);
  if (module.released === undefined) throw refuse('module_empty', name);
  return module.released;
}
