import { StewardError } from '../../base/errors.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { loadParser } from '../modules/compile.ts';
import type { Module } from '../modules/kidl/definition.ts';
import { jsonSchemaOf } from '../modules/kidl/jsonSchema.ts';
import { SpecError } from '../modules/kidl/specError.ts';
import { versionId } from '../modules/module.ts';
import type { Findings } from './findings.ts';
import { isFirstRecord } from './moduleRecords.ts';
import { checkedDocuments, number, type Sources, text } from './step.ts';

/**
 * Compiles every specification again, and compares the JSON Schema of each type with the one that KBase stored. A module
 * that does not compile is left out, with those that include it.
 */
export async function inspectModules(sources: Sources, findings: Findings): Promise<void> {
  const compiler = new Compiler(sources);
  const names = (await checkedDocuments(sources, 'module_version')).map((row) => text(row, 'moduleName'));
  for (const name of names) {
    if (sources.excluded.modules.has(name)) continue;
    try {
      for (const info of await compiler.versions(name)) await compiler.compiled(name, number(info, 'versionTime'));
      await assertSchemas(sources, compiler, name);
    } catch (error) {
      if (!(error instanceof StewardError || error instanceof SpecError || error instanceof BadModuleError))
        throw error;
      findings.add('module', name, error.message);
      sources.excluded.modules.add(name);
    }
  }
}

class BadModuleError extends Error {}

async function assertSchemas(sources: Sources, compiler: Compiler, module: string): Promise<void> {
  for await (const type of sources.types.read('module_type_schema', { filter: { moduleName: module } })) {
    const id = `${module}.${text(type, 'typeName')}-${text(type, 'version')}`;
    const compiled = await compiler.compiled(module, number(type, 'moduleVersion'));
    const typedef = compiled.typedefs.get(text(type, 'typeName'));
    if (typedef === undefined) throw new BadModuleError(`the specification does not define the type ${id}`);
    if (jsonSchemaOf(typedef) !== text(type, 'document')) {
      throw new BadModuleError(`the type ${id} has another JSON Schema here than in KBase`);
    }
  }
}

/** Compiles the versions of modules, each once. */
class Compiler {
  readonly #sources: Sources;
  readonly #compiled = new Map<string, Module>();

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** The records of the versions of a module, the oldest first. */
  async versions(module: string): Promise<ForeignDocument[]> {
    const found = await checkedDocuments(this.#sources, 'module_info_history', { moduleName: module });
    return found
      .filter((info) => !isFirstRecord(info))
      .sort((a, b) => number(a, 'versionTime') - number(b, 'versionTime'));
  }

  async compiled(module: string, version: number, path: readonly string[] = []): Promise<Module> {
    const id = versionId(module, version);
    const known = this.#compiled.get(id);
    if (known !== undefined) return known;
    if (path.includes(id)) throw new BadModuleError(`${id} includes itself`);
    const filter = { moduleName: module, versionTime: version };
    const [info] = await checkedDocuments(this.#sources, 'module_info_history', filter);
    const [spec] = await checkedDocuments(this.#sources, 'module_spec_history', filter);
    if (info === undefined || spec === undefined) throw new BadModuleError(`the specification of ${id} is missing`);
    const included = new Map<string, Module>();
    for (const [name, inner] of Object.entries(info.includedModuleNameToVersion as Record<string, number>)) {
      included.set(name, await this.compiled(name, Number(inner), [...path, id]));
    }
    const { parseSpec } = await loadParser();
    try {
      const made = parseSpec(text(spec, 'document'), included);
      this.#compiled.set(id, made);
      return made;
    } catch (error) {
      if (error instanceof SpecError) throw new BadModuleError(`${id} does not compile: ${error.message}`);
      throw error;
    }
  }
}
