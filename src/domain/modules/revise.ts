import { hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { refuse } from '../../base/errors.ts';
import type { RegisterTypespecMethod } from '../../base/schemas/generated.ts';
import type { Reader } from '../../store/collection.ts';
import { compiledVersions } from './compile.ts';
import { assertCompiles } from './compiles.ts';
import { changeOf, changeOfFunction } from './kidl/compatibility.ts';
import type { Module, Typedef } from './kidl/definition.ts';
import { jsonSchemaOf } from './kidl/jsonSchema.ts';
import {
  type Definition,
  definitionId,
  functions,
  type ModuleVersion,
  type TypeVersion,
  types,
  type VersionOf,
} from './module.ts';
import { nextVersion } from './nextVersion.ts';

/** The most parts of all types that one registration changes. */
const MAX_PARTS = 10_000;
/** The most bytes of all schemas that one registration makes, which are stored together. */
const MAX_SCHEMAS = 4_000_000;

/** The definitions after a revision, and those that have a new version or are supported again. */
export interface Revised<C extends VersionOf = VersionOf> {
  readonly definitions: readonly Definition[];
  readonly changes: readonly C[];
}

export interface TypeChange extends VersionOf {
  readonly schema: string;
  readonly md5: string;
}

/** @throws types_invalid, spec_invalid */
export async function revisedTypes(
  reader: Reader,
  { compiled, before }: { readonly compiled: Module; readonly before: ModuleVersion | undefined },
  lists: Pick<RegisterTypespecMethod['params'], 'new_types' | 'remove_types'>,
): Promise<Revised<TypeChange>> {
  const known = new Map(before?.types.map((type) => [type.name, type]));
  const wanted = registeredAfter(known, compiled, lists);
  const compiledIn = compiledVersions(reader, compiled.name);
  const changes: TypeChange[] = [];
  let bytes = 0;
  let parts = 0;
  for (const typedef of compiled.typedefs.values()) {
    if (!wanted.has(typedef.name)) continue;
    const schema = jsonSchemaOf(typedef);
    bytes += Buffer.byteLength(schema);
    if (bytes > MAX_SCHEMAS) throw refuse('spec_invalid', `its JSON Schemas are larger than ${MAX_SCHEMAS} bytes`);
    const past = known.get(typedef.name);
    const version =
      past === undefined ? '0.1' : await versionAfterChange(reader, compiledIn, { typedef, past, schema });
    if (past?.supported === true && version === past.version) continue;
    parts += typedef.extent.parts;
    if (parts > MAX_PARTS) throw refuse('spec_invalid', `the types that change have more than ${MAX_PARTS} parts`);
    // Compiling takes long: other calls get a turn in between.
    await setImmediate();
    const md5 = hash('md5', schema, 'hex');
    assertCompiles(typedef.name, schema, md5);
    changes.push({ name: typedef.name, version, schema, md5 });
  }
  const changed = new Map(changes.map((change) => [change.name, change.version]));
  const names = new Set([...known.keys(), ...changed.keys()]);
  const definitions = [...names].map((name) => ({
    name,
    version: changed.get(name) ?? known.get(name)?.version ?? '',
    supported: wanted.has(name),
  }));
  return { definitions, changes };
}

/** The names of all types that are registered after the revision. */
function registeredAfter(
  known: ReadonlyMap<string, Definition>,
  compiled: Module,
  {
    new_types: added = [],
    remove_types: removed = [],
  }: Pick<RegisterTypespecMethod['params'], 'new_types' | 'remove_types'>,
): ReadonlySet<string> {
  const supported = (name: string) => known.get(name)?.supported === true;
  const invalid = (why: string, name: string) => refuse('types_invalid', `${why}: ${name}`);
  for (const name of removed) {
    if (!supported(name)) throw invalid('Type is in unregistering type list but was not already registered', name);
  }
  for (const name of added) {
    if (supported(name)) throw invalid('Type was already registered before', name);
    if (removed.includes(name)) throw invalid("Type couldn't be in both adding and unregistering lists", name);
    if (!compiled.typedefs.has(name)) {
      throw invalid('Type is in adding type list but is not defined in spec-file', name);
    }
  }
  const kept = [...known.keys()].filter((name) => supported(name) && !removed.includes(name));
  return new Set([...kept, ...added].filter((name) => compiled.typedefs.has(name)));
}

/** A type that did not change keeps its version, even if it was removed and comes back. */
async function versionAfterChange(
  reader: Reader,
  compiledIn: (version: number) => Promise<Module>,
  { typedef, past, schema }: { readonly typedef: Typedef; readonly past: Definition; readonly schema: string },
): Promise<string> {
  const { module, name } = typedef;
  const stored = await existing(reader, module, past);
  const old = (await compiledIn(stored.madeIn)).typedefs.get(name);
  const change = old === undefined ? 'incompatible' : changeOf(old, typedef);
  return change === 'same' && stored.schema === schema ? past.version : nextVersion(past, change);
}

async function existing(reader: Reader, module: string, past: Definition): Promise<TypeVersion> {
  const stored = await reader.get(types, definitionId(module, past));
  if (stored === null) throw new Error(`${definitionId(module, past)} is listed in its module and is missing`);
  return stored;
}

/** As {@link revisedTypes}, but every function of a specification is registered. */
export async function revisedFunctions(
  reader: Reader,
  compiled: Module,
  before: ModuleVersion | undefined,
): Promise<Revised> {
  const known = new Map(before?.functions.map((func) => [func.name, func]));
  const compiledIn = compiledVersions(reader, compiled.name);
  const definitions: Definition[] = [];
  const changes: VersionOf[] = [];
  for (const func of compiled.funcdefs.values()) {
    const past = known.get(func.name);
    const stored = past && (await reader.get(functions, definitionId(compiled.name, past)));
    const old = stored && (await compiledIn(stored.madeIn)).funcdefs.get(func.name);
    const change = old ? changeOfFunction(old, func) : 'incompatible';
    const version = past !== undefined && change === 'same' ? past.version : nextVersion(past, change);
    definitions.push({ name: func.name, version, supported: true });
    if (past?.supported !== true || version !== past.version) changes.push({ name: func.name, version });
  }
  const gone = [...known.values()].filter(({ name }) => !compiled.funcdefs.has(name));
  return { definitions: [...definitions, ...gone.map((func) => ({ ...func, supported: false }))], changes };
}
