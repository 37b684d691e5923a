import { refuse } from '../errors.ts';
import type { Principal } from '../identity/principal.ts';
import type { Collection } from '../store/collection.ts';
import type { Transaction } from '../store/transaction.ts';
import { compiledVersion, include, storedVersion } from './compile.ts';
import {
  type Definition,
  type DefinitionVersion,
  definitionId,
  functions,
  modules,
  moduleVersions,
  types,
  versionId,
} from './module.ts';
import { releasedVersion } from './nextVersion.ts';
import { ownedModule, versionAfter } from './register.ts';
import { definitionVersion, usage } from './usage.ts';

/**
 * Releases the newest version of a module: who does not own it sees its types from now on, and those of version 0 become
 * version 1.0. Of a version that is released already nothing changes.
 *
 * @returns the types that are released anew
 * @throws module_not_initialized, module_not_owned, module_empty
 */
export async function releaseModule(tx: Transaction, user: Principal, name: string): Promise<string[]> {
  const module = await ownedModule(tx, user, name);
  if (module.head === undefined) throw refuse('module_empty', name);
  if (module.head === module.released) return [];
  const head = await storedVersion(tx, name, module.head);
  const version = versionAfter(tx.now, module.head);
  const written = await tx.insert(moduleVersions, {
    ...head,
    _id: versionId(name, version),
    version,
    types: head.types.map(raised),
    functions: head.functions.map(raised),
    released: true,
    uploadedBy: user._id,
  });
  const versions = new Map(head.includes.map((included) => [included.module, included.version]));
  const included = await include(tx, [...versions.keys()], versions);
  const { module: compiled } = await compiledVersion(tx, name, module.head);
  const uses = usage(compiled, written.types, included);

  const released: string[] = [];
  for (const type of head.types.filter((type) => type.supported)) {
    const old = await definition(tx, types, name, type);
    const made = () => ({ ...old, ...definitionVersion(written, raised(type), uses('typedefs', type.name)) });
    if (await release(tx, types, old, made)) released.push(definitionId(name, raised(type)));
  }
  for (const func of head.functions.filter((func) => func.supported)) {
    const old = await definition(tx, functions, name, func);
    await release(tx, functions, old, () => definitionVersion(written, raised(func), uses('funcdefs', func.name)));
  }
  const releasedTypes = written.types.filter((type) => type.supported).map(({ name, version }) => ({ name, version }));
  await tx.update(modules, module, { ...module, head: version, released: version, releasedTypes });
  return released;
}

const raised = (definition: Definition): Definition => ({
  ...definition,
  version: definition.supported ? releasedVersion(definition.version) : definition.version,
});

async function definition<T extends DefinitionVersion>(
  tx: Transaction,
  of: Collection<T>,
  module: string,
  named: Definition,
): Promise<T> {
  const found = await tx.get(of, definitionId(module, named));
  if (found === null) throw new Error(`${definitionId(module, named)} is named by its module and is not there`);
  return found;
}

/** A version 0 is made anew as 1.0; any other is marked. False when it was released before. */
async function release<T extends DefinitionVersion>(
  tx: Transaction,
  of: Collection<T>,
  old: T,
  made: () => Omit<T, 'revision'> & { readonly _id: string },
): Promise<boolean> {
  if (old.major === 0) {
    await tx.insert(of, made());
    return true;
  }
  if (old.released) return false;
  await tx.update(of, old, { ...old, released: true });
  return true;
}
