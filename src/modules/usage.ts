import { refuse } from '../errors.ts';
import type { Inclusion } from './compile.ts';
import type { Funcdef, Module, Typedef, TypeNode } from './kidl/definition.ts';
import { type DefinitionVersion, definitionId, type ModuleVersion, type VersionOf } from './module.ts';
import { numbersOf } from './nextVersion.ts';

/** What is kept of the definitions of one version of a module. */
export function stored(compiled: Module, version: ModuleVersion, included: Inclusion) {
  const typesOf = (module: string) => (module === version.module ? version : included.get(module)?.stored)?.types ?? [];
  const registered = (typedef: Typedef): VersionOf | undefined =>
    typesOf(typedef.module).find((type) => type.supported && type.name === typedef.name);

  const uses = (nodes: readonly TypeNode[]): string[] => {
    const found = new Set<string>();
    const seen = new Set<Typedef>();
    for (const node of nodes) collect(node, found, seen);
    return [...found].sort();
  };
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
    else if (typedef.module === version.module) collect(typedef.type, found, seen);
    else throw refuse('spec_invalid', notRegistered(typedef));
  };

  /** The document of one version of a type or function. */
  const made = (kind: 'typedefs' | 'funcdefs', name: string, text: string): Omit<DefinitionVersion, 'revision'> => ({
    _id: definitionId(version.module, { name, version: text }),
    module: version.module,
    name,
    ...numbersOf(text),
    madeIn: version.version,
    released: version.released,
    uses: uses(kind === 'typedefs' ? typesIn(compiled.typedefs.get(name)) : signature(compiled.funcdefs.get(name))),
  });
  return { made };
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
      return [node.key, node.value];
    case 'tuple':
      return node.items.map((item) => item.type);
    case 'structure':
      return node.fields.map((field) => field.type);
    default:
      return [];
  }
}
