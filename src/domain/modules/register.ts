import { createHash } from 'node:crypto';
import { refuse } from '../../base/errors.ts';
import type { RegisterTypespecMethod } from '../../base/schemas/generated.ts';
import type { Principal } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { compileText, include, storedVersion } from './compile.ts';
import type { Module } from './kidl/definition.ts';
import { moduleParsing } from './kidl/parsing.ts';
import {
  definitionId,
  functions,
  type ModuleVersion,
  modules,
  moduleVersions,
  type TypeModule,
  types,
  versionId,
} from './module.ts';
import { assertOwner } from './owners.ts';
import { type Revised, revisedFunctions, revisedTypes, type TypeChange } from './revise.ts';
import { specText } from './specText.ts';
import { definitionVersion, type Uses, usage } from './usage.ts';

/** The most references to registered types, which are stored with each definition. */
const MAX_USES = 20_000;

/** What a specification would change in its module. */
interface Plan {
  readonly module: TypeModule;
  readonly next: Omit<ModuleVersion, '_id' | 'revision' | 'version'>;
  readonly types: Revised<TypeChange>;
  readonly functions: Revised;
  readonly uses: Uses;
}

/**
 * Registers a specification as the next version of its module, unless `dryrun` is set, as it is by default. Types that
 * neither changed nor depend on a change keep their version.
 *
 * @returns the JSON Schema of each type that has a new version
 * @throws spec_missing, spec_invalid, module_not_initialized, module_not_owned, module_moved, types_invalid,
 *   module_missing, module_empty, module_version_missing, spec_unchanged
 */
export async function registerTypespec(
  tx: Transaction,
  user: Principal,
  params: RegisterTypespecMethod['params'],
): Promise<RegisterTypespecMethod['result']> {
  const { dryrun = 1 } = params;
  const plan = await planOf(tx, user, { ...params, spec: await specIn(tx, user, params) });
  if (dryrun === 0) await store(tx, plan);
  return Object.fromEntries(plan.types.changes.map((type) => [definitionId(plan.module._id, type), type.schema]));
}

/** The text that was sent; else that of the newest version, whose included modules may have changed. */
async function specIn(reader: Reader, user: Principal, { spec, mod }: RegisterTypespecMethod['params']) {
  if ((spec === undefined) === (mod === undefined)) throw refuse('spec_missing');
  if (spec !== undefined) return spec;
  const module = await ownedModule(reader, user, mod ?? '');
  if (module.head === undefined) throw refuse('module_empty', module._id);
  return (await storedVersion(reader, module._id, module.head)).spec;
}

/** @throws module_not_initialized, module_not_owned */
export async function ownedModule(reader: Reader, user: Principal, name: string): Promise<TypeModule> {
  const module = await reader.get(modules, name);
  if (module === null) throw refuse('module_not_initialized', name);
  assertOwner(module, user);
  return module;
}

async function planOf(
  reader: Reader,
  user: Principal,
  params: RegisterTypespecMethod['params'] & { readonly spec: string },
): Promise<Plan> {
  const { text, includes } = specText(params.spec);
  const included = await include(reader, includes, new Map(Object.entries(params.dependencies ?? {})));
  const compiled = await compileText(text, includes, included);
  const module = await ownedModule(reader, user, compiled.name);
  const { head } = module;
  if (params.prev_ver !== undefined && params.prev_ver !== head) {
    throw refuse('module_moved', head ?? 0, params.prev_ver);
  }
  if (includes.includes(compiled.name)) throw refuse('spec_invalid', 'A module cannot include itself');
  const before = head === undefined ? undefined : await storedVersion(reader, module._id, head);
  const typesAfter = await revisedTypes(reader, { compiled, before }, params);
  const functionsAfter = await revisedFunctions(reader, compiled, before);
  const next = {
    module: module._id,
    spec: text,
    description: compiled.comment,
    md5: md5Of(compiled),
    includes: includes.map((name) => ({ module: name, version: included.get(name)?.stored.version ?? 0 })),
    types: typesAfter.definitions,
    functions: functionsAfter.definitions,
    released: false,
    uploadedBy: user._id,
  };
  if (before !== undefined && isSame(before, next)) throw refuse('spec_unchanged', module._id);
  const uses = usage(compiled, next.types, included);
  // A dry run, too, refuses references to types that are not registered.
  const used = [
    ...typesAfter.changes.flatMap(({ name }) => uses('typedefs', name)),
    ...functionsAfter.changes.flatMap(({ name }) => uses('funcdefs', name)),
  ];
  if (used.length > MAX_USES) throw refuse('spec_invalid', `it refers to registered types more than ${MAX_USES} times`);
  return { module, next, types: typesAfter, functions: functionsAfter, uses };
}

/** KBase's checksum of a module: that of its parsing structure, which does not depend on white space. */
function md5Of(compiled: Module): string {
  const hash = createHash('md5');
  for (const part of moduleParsing(compiled)) hash.update(part);
  return hash.digest('hex');
}

const isSame = (before: ModuleVersion, next: Plan['next']) =>
  (['spec', 'includes', 'types', 'functions'] as const).every(
    (field) => JSON.stringify(before[field]) === JSON.stringify(next[field]),
  );

async function store(tx: Transaction, plan: Plan): Promise<void> {
  const { module, next, uses } = plan;
  const version = versionAfter(tx.now, module.head);
  const written = await tx.insert(moduleVersions, { _id: versionId(module._id, version), version, ...next });
  for (const { schema, md5, ...type } of plan.types.changes) {
    // A type that comes back unchanged has its version already.
    if ((await tx.get(types, definitionId(module._id, type))) !== null) continue;
    await tx.insert(types, { ...definitionVersion(written, type, uses('typedefs', type.name)), schema, md5 });
  }
  for (const func of plan.functions.changes) {
    if ((await tx.get(functions, definitionId(module._id, func))) !== null) continue;
    await tx.insert(functions, definitionVersion(written, func, uses('funcdefs', func.name)));
  }
  await tx.update(modules, module, { ...module, head: version });
}

/** Versions of a module are times in milliseconds, and always rise. */
export const versionAfter = (now: Date, head: number | undefined): number => Math.max(now.getTime(), (head ?? 0) + 1);
