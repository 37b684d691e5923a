import { refuse } from '../../base/errors.ts';
import type { Inclusion } from './compile.ts';
import type { Funcdef, Module, Typedef, TypeNode } from './kidl/definition.ts';
import { type Definition, type DefinitionVersion, definitionId, type ModuleVersion, type VersionOf } from './module.ts';
import { numbersOf } from './nextVersion.ts';

/** The versions of registered types that a definition of a module refers to. @throws spec_refused */
export type Uses = (kind: 'typedefs' | 'funcdefs', name: string) => string[];

/** @param types those of the module itself, in this version */
export function usage(compiled: Module, types: readonly Definition[], included: Inclusion): Uses {
  const typesOf = (module: string) => (module === compiled.name ? types : (included.get(module)?.stored.types ?? []));
  // Types that another module removed may still be referred to.
  const isOuter = ({ module }: Typedef) => module !== compiled.name;
  const registered = (typedef: Typedef) =>
    typesOf(typedef.module).find(({ name, supported }) => name === typedef.name && (supported || isOuter(typedef)));

  const collect = (node: TypeNode, found: Set<string>, seen: Set<Typedef>): void => {
    if (node.kind !== 'named') {
      for (const inner of innerTypes(node)) collect(inner, found, seen);
      return;
    }
    const { typedef } = node;
    if (seen.has(typedef)) return;
    seen.add(typedef);
    const type = registered(typedef);
    if (type !== undefined) found.add(definitionId(typedef.module, type));
    else if (typedef.module === compiled.name) collect(typedef.type, found, seen);
    else throw refuse('spec_refused', notRegistered(typedef));
  };

  return (kind, name) => {
    const nodes = kind === 'typedefs' ? typesIn(compiled.typedefs.get(name)) : signature(compiled.funcdefs.get(name));
    const found = new Set<string>();
    const seen = new Set<Typedef>();
    for (const node of nodes) collect(node, found, seen);
    return [...found].sort();
  };
}

/** The document of a version of a type or function. */
export function definitionVersion(
  { module, version, released }: ModuleVersion,
  definition: VersionOf,
  uses: readonly string[],
): Omit<DefinitionVersion, 'revision'> {
  return {
    _id: definitionId(module, definition),
    module,
    name: definition.name,
    ...numbersOf(definition.version),
    madeIn: version,
    released,
    uses,
  };
}

const typesIn = (typedef: Typedef | undefined) => (typedef === undefined ? [] : [typedef.type]);

const signature = (func: Funcdef | undefined) =>
  [...(func?.parameters ?? []), ...(func?.returns ?? [])].map(({ type }) => type);

const notRegistered = ({ module, name }: Typedef) =>
  `Reference to external not registered module/type is missing: ${module}.${name}`;

function innerTypes(node: TypeNode): readonly TypeNode[] {
  switch (node.kind) {
    case 'list':
      return [node.item];
    case 'mapping':
      // As in KBase, keys refer to no types.
      return [node.value];
    case 'tuple':
      return node.items.map((item) => item.type);
    case 'structure':
      return node.fields.map((field) => field.type);
    default:
      return [];
  }
}
