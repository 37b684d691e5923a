import { refuse } from '../../base/errors.ts';
import { type Principal, wireName } from '../../identity/principal.ts';
import type { Collection } from '../../store/collection.ts';
import type { Transaction } from '../../store/transaction.ts';
import { compiledVersion, include, storedVersion } from './compile.ts';
import {
  type Definition,
  type DefinitionVersion,
  definitionId,
  functions,
  type ModuleVersion,
  modules,
  moduleVersions,
  types,
  versionId,
} from './module.ts';
import { numbersOf, releasedVersion } from './nextVersion.ts';
import { assertOwner } from './owners.ts';
import { versionAfter } from './register.ts';
import { definitionVersion, type Uses, usage } from './usage.ts';

/**
 * Releases the newest version of a module, so that everybody sees its types. Definitions of version 0 become version
 * 1.0 in a new version of the module; if there are none, the version itself is marked as released.
 *
 * @returns all types of the module, including those that were removed from it, in alphabetical order
 * @throws module_not_owned, also for a missing module; module_empty
 */
export async function releaseModule(tx: Transaction, user: Principal, name: string): Promise<string[]> {
  const module = await tx.get(modules, name);
  if (module === null) throw refuse('module_not_owned', wireName(user), name);
  assertOwner(module, user);
  if (module.head === undefined) throw refuse('module_empty', name);
  const head = await storedVersion(tx, name, module.head);
  const released = await releasedHead(tx, user, head);
  if (released !== head) {
    const uses = await usesIn(tx, head, released);
    for (const type of head.types) {
      await release(tx, types, { of: released, definition: type, uses: () => uses('typedefs', type.name) });
    }
    for (const func of head.functions) {
      await release(tx, functions, { of: released, definition: func, uses: () => uses('funcdefs', func.name) });
    }
    const { version } = released;
    const releasedTypes = released.types.filter((type) => type.supported);
    await tx.update(modules, module, {
      ...module,
      head: version,
      released: version,
      releasedTypes: releasedTypes.map((type) => ({ name: type.name, version: type.version })),
    });
  }
  return released.types.map((type) => definitionId(name, type)).sort();
}

/** The released version; the same document if it is released already. */
async function releasedHead(tx: Transaction, user: Principal, head: ModuleVersion): Promise<ModuleVersion> {
  const isYoung = ({ version }: Definition) => numbersOf(version).major === 0;
  if ([...head.types, ...head.functions].some(isYoung)) {
    const version = versionAfter(tx.now, head.version);
    return tx.insert(moduleVersions, {
      ...head,
      _id: versionId(head.module, version),
      version,
      types: head.types.map(raised),
      functions: head.functions.map(raised),
      released: true,
      uploadedBy: user._id,
    });
  }
  if (head.released) return head;
  const released = { ...head, released: true };
  await tx.update(moduleVersions, head, released);
  return released;
}

const raised = (definition: Definition): Definition => ({
  ...definition,
  version: releasedVersion(definition.version),
});

async function usesIn(tx: Transaction, head: ModuleVersion, released: ModuleVersion): Promise<Uses> {
  const versions = new Map(head.includes.map((included) => [included.module, included.version]));
  const included = await include(tx, [...versions.keys()], versions);
  const { module: compiled } = await compiledVersion(tx, head.module, head.version);
  return usage(compiled, released.types, included);
}

interface Releasing {
  readonly of: ModuleVersion;
  readonly definition: Definition;
  readonly uses: () => readonly string[];
}

/** A definition of version 0 is stored again as 1.0; others are marked. Removed definitions keep their text. */
async function release<T extends DefinitionVersion>(
  tx: Transaction,
  collection: Collection<T>,
  { of: version, definition, uses }: Releasing,
): Promise<void> {
  const id = definitionId(version.module, definition);
  const old = await tx.get(collection, id);
  if (old === null) throw new Error(`${id} is listed in its module and is missing`);
  const next = raised(definition);
  if (next.version === definition.version) {
    if (!old.released) await tx.update(collection, old, { ...old, released: true });
    return;
  }
  const made = definitionVersion(version, next, definition.supported ? uses() : old.uses);
  const { madeIn } = definition.supported ? made : old;
  await tx.insert(collection, { ...old, ...made, madeIn });
}
