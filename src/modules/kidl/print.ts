import type { Funcdef, Parameter, Typedef, TypeNode } from './definition.ts';

/**
 * The text of a definition, in the form that KBase shows it in: after those of its own module that it uses and that are
 * not registered (`local`), each once.
 */
export function typedefText(typedef: Typedef, isRegistered: (name: string) => boolean): string {
  const locals = new Map<string, string>();
  const text = typedefAlone(typedef, nameIn(typedef.module, isRegistered, locals));
  return [...locals.values(), text].join('\n\n');
}

export function funcdefText(func: Funcdef, module: string, isRegistered: (name: string) => boolean): string {
  const locals = new Map<string, string>();
  const nameOf = nameIn(module, isRegistered, locals);
  const list = (parameters: readonly Parameter[]) => parameters.map((p) => parameterText(p, nameOf)).join(', ');
  const head = `funcdef ${func.name}(${list(func.parameters)}) returns (${list(func.returns)})`;
  return [...locals.values(), commented(func.comment, `${head} authentication ${func.authentication};`)].join('\n\n');
}

type NameOf = (typedef: Typedef) => string;

function nameIn(module: string, isRegistered: (name: string) => boolean, locals: Map<string, string>): NameOf {
  const nameOf: NameOf = (typedef) => {
    if (typedef.module !== module) return `${typedef.module}.${typedef.name}`;
    if (!isRegistered(typedef.name) && !locals.has(typedef.name)) {
      const text = typedefAlone(typedef, nameOf);
      locals.set(typedef.name, text);
    }
    return typedef.name;
  };
  return nameOf;
}

const typedefAlone = ({ comment, type, name }: Typedef, nameOf: NameOf) =>
  commented(comment, `typedef ${typeText(type, nameOf)} ${name};`);

const commented = (comment: string, text: string) => (comment === '' ? text : `/*\n${comment}\n*/\n${text}`);

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
      return `tuple<${type.items.map((item) => parameterText(item, nameOf)).join(', ')}>`;
    case 'structure': {
      const fields = type.fields.map((field) => `  ${typeText(field.type, nameOf)} ${field.name};\n`);
      return `structure {\n${fields.join('')}}`;
    }
    default:
      return type.kind;
  }
}
