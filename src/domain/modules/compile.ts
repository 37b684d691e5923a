import { LRUCache } from 'lru-cache';
import { refuse } from '../../base/errors.ts';
import { utf8Size } from '../../base/text.ts';
import { digest } from '../../store/changes.ts';
import type { Reader } from '../../store/collection.ts';
import type { Module } from './kidl/definition.ts';
import { SpecError, SpecErrorWithoutPlace } from './kidl/specError.ts';
import { type Included, type ModuleVersion, modules, moduleVersions, versionId } from './module.ts';

/** The most modules that a specification may include, directly or through others. */
export const MAX_INCLUDED = 50;
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
  return new Inclusions(reader, new Map()).compileRoot(await storedVersion(reader, module, version));
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
 * The modules that a specification includes, in the wanted version, or else the newest released one. What these include must
 * be of the wanted versions, too.
 *
 * @throws module_missing, module_empty, module_version_missing, modules_incompatible, spec_invalid
 */
export async function include(
  reader: Reader,
  names: readonly string[],
  wanted: ReadonlyMap<string, number>,
): Promise<Inclusion> {
  const inclusions = new Inclusions(reader, wanted);
  for (const name of names) {
    const version = wanted.get(name) ?? (await newestReleased(reader, name));
    await inclusions.add({ module: name, version }, ROOT);
  }
  return inclusions.found;
}

/** @throws spec_invalid, spec_refused */
export async function compileText(text: string, names: readonly string[], included: Inclusion): Promise<Module> {
  const chosen = names.flatMap((name) => included.get(name) ?? []);
  return compileOnce(keyOf(text, chosen), text, chosen);
}

const keyOf = (text: string, included: readonly Compiled[]) => digest([text, ...included.map(({ key }) => key)]);

/** How KBase names the specification that is registered, in messages about what it includes. */
const ROOT = '<-RootModule';

/** Compiles modules and all that they include, each in only one version. */
class Inclusions {
  readonly found: Inclusion = new Map();
  /** How each module came to be included: `Inner(3)<-Outer(2)<-RootModule`. */
  readonly #paths = new Map<string, { readonly version: number; readonly path: string }>();
  readonly #reader: Reader;
  readonly #wanted: ReadonlyMap<string, number>;

  constructor(reader: Reader, wanted: ReadonlyMap<string, number>) {
    this.#reader = reader;
    this.#wanted = wanted;
  }

  /** A module by itself, which may include what includes an earlier version of it. */
  compileRoot(stored: ModuleVersion): Promise<Compiled> {
    return this.#compile(stored, ROOT);
  }

  /** @param by the path of the module that includes it */
  async add({ module: name, version }: Included, by: string): Promise<Compiled> {
    const path = `${name}(${version})${by}`;
    this.#assertFits(name, version, path);
    const known = this.found.get(name);
    if (known !== undefined) return known;
    if (this.#paths.has(name)) throw refuse('spec_invalid', `the module ${name} includes itself`);
    if (this.#paths.size >= MAX_INCLUDED)
      throw refuse('spec_invalid', `more than ${MAX_INCLUDED} modules are included`);
    this.#paths.set(name, { version, path });
    const made = await this.#compile(await storedVersion(this.#reader, name, version), `<-${path}`);
    this.found.set(name, made);
    return made;
  }

  async #compile(stored: ModuleVersion, path: string): Promise<Compiled> {
    const included: Compiled[] = [];
    for (const inner of stored.includes) included.push(await this.add(inner, path));
    const key = keyOf(stored.spec, included);
    return { stored, module: await compileOnce(key, stored.spec, included), key };
  }

  /** @throws modules_incompatible */
  #assertFits(name: string, version: number, path: string): void {
    const wanted = this.#wanted.get(name);
    if (wanted !== undefined && wanted !== version) {
      const which = `Version of dependent module ${path}`;
      throw refuse('modules_incompatible', `${which} is not compatible with module version restriction: ${wanted}`);
    }
    const known = this.#paths.get(name);
    if (known === undefined || known.version === version) return;
    throw refuse('modules_incompatible', `Incompatible module dependecies: ${known.path} and ${path}`);
  }
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
    if (error instanceof SpecErrorWithoutPlace) throw refuse('spec_refused', error.message);
    throw error instanceof SpecError ? refuse('spec_invalid', error.message) : error;
  }
}

async function newestReleased(reader: Reader, name: string): Promise<number> {
  const module = await reader.get(modules, name);
  if (module === null) throw refuse('module_missing', name);
  if (module.released === undefined) throw refuse('module_empty', name);
  return module.released;
}
