import type { Funcdef, Parameter, Typedef, TypeNode } from './definition.ts';

/** The version to show for a type; undefined if it is not registered. */
export type VersionShown = (typedef: Typedef) => string | undefined;

/**
 * The text of a definition as KBase shows it: registered types as `#Mod.Type-1.0#`, and before it, each once, the
 * definitions of types of its own module that are not registered.
 */
export function typedefText(typedef: Typedef, versionOf: VersionShown): string {
  const locals = new Map<string, string>();
  const text = typedefAlone(typedef, nameIn(typedef.module, versionOf, locals));
  return [...locals.values(), text].join('\n\n');
}

export function funcdefText(func: Funcdef, module: string, versionOf: VersionShown): string {
  const locals = new Map<string, string>();
  const nameOf = nameIn(module, versionOf, locals);
  const list = (parameters: readonly Parameter[]) => parameters.map((p) => parameterText(p, nameOf)).join(', ');
  const head = `funcdef ${func.name}(${list(func.parameters)}) returns (${list(func.returns)})`;
  return [...locals.values(), commented(func.comment, `${head} authentication ${func.authentication};`)].join('\n\n');
}

type NameOf = (typedef: Typedef) => string;

function nameIn(module: string, versionOf: VersionShown, locals: Map<string, string>): NameOf {
  const written = new Set<Typedef>();
  const nameOf: NameOf = (typedef) => {
    const { module: other, name } = typedef;
    const version = versionOf(typedef);
    if (version !== undefined) return `#${other}.${name}-${version}#`;
    if (other !== module) return `${other}.${name}`;
    if (!written.has(typedef)) {
      written.add(typedef);
      // Definitions that it uses come first.
      const text = typedefAlone(typedef, nameOf);
      locals.set(name, text);
    }
    return name;
  };
  return nameOf;
}

const typedefAlone = ({ comment, type, name }: Typedef, nameOf: NameOf) =>
  commented(comment, `typedef ${typeText(type, nameOf)} ${name};`);

const commented = (comment: string, text: string) => (comment.trim() === '' ? text : `/*\n${comment}\n*/\n${text}`);

const parameterText = ({ name, type }: Parameter, nameOf: NameOf) =>
  name === undefined ? typeText(type, nameOf) : `${typeText(type, nameOf)} ${name}`;

function typeText(type: TypeNode, nameOf: NameOf): string {
  switch (type.kind) {
    case 'named':
      return nameOf(type.typedef);
    case 'object':
      return 'UnspecifiedObject';
    case 'list':
      return `list<${typeText(type.item, nameOf)}>`;
    case 'mapping':
      return `mapping<${typeText(type.key, nameOf)}, ${typeText(type.value, nameOf)}>`;
    case 'tuple':
      return `tuple<${type.items.map((item) => typeText(item.type, nameOf)).join(', ')}>`;
    case 'structure': {
      const fields = type.fields.map((field) => `  ${typeText(field.type, nameOf)} ${field.name};\n`);
      return `structure {\n${fields.join('')}}`;
    }
    default:
      return type.kind;
  }
}
