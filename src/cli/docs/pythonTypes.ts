import { type JsonSchema, writtenAt } from '../../base/schemas/validator.ts';

/** Where a schema stands: the file to which its references are relative, and the name that its type gets if it has no title. */
interface Place {
  readonly file: string;
  readonly name: string;
}

interface Class {
  readonly description: string | undefined;
  readonly fields: readonly Field[];
}

interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string | undefined;
}

/** A choice of more values than this has a name. */
const LONG = 8;

export const PYTHON_WORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

export const isPythonName = (name: string) => /^[A-Za-z]\w*$/.test(name);

/** Python's types for JSON Schemas: a TypedDict for each object with named fields, declared once by its name. */
export class PythonTypes {
  readonly #classes = new Map<string, Class>();
  /** Choices by their names. */
  readonly #choices = new Map<string, string>();
  /** The names of the classes by their schemas, each of which is one object however often it is referred to. */
  readonly #names = new Map<JsonSchema, string>();

  /** The type of a schema, as an annotation. */
  typeOf(schema: JsonSchema, place: Place): string {
    if (typeof schema.$ref === 'string') return this.#referred(schema.$ref, place);
    const choices = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
    if (choices !== undefined) {
      return union(choices.map((choice, n) => this.typeOf(choice, { ...place, name: `${place.name}${n + 1}` })));
    }
    const values = schema.const === undefined ? schema.enum : [schema.const];
    if (Array.isArray(values)) return this.#choice(schema, values);
    const types = [schema.type ?? 'anything'].flat() as string[];
    return union(types.map((type) => this.#ofType(type, schema, place)));
  }

  /** The source of the declarations of all types that were asked for. */
  declarations(): string {
    const choices = [...this.#choices].sort().map(([name, values]) => `${name} = ${values}`);
    const classes = [...this.#classes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, found]) => declaration(name, found));
    return [choices.join('\n'), ...classes].join('\n\n\n');
  }

  get names(): readonly string[] {
    return [...this.#classes.keys(), ...this.#choices.keys()].sort();
  }

  #referred($ref: string, place: Place): string {
    const ref = $ref.startsWith('#') ? `${place.file}${$ref}` : $ref;
    const { schema, file } = writtenAt({ ref });
    const own = ref.match(/\/definitions\/(\w+)$/)?.[1];
    const whole = ref.match(/^(\w+)\.json#\/properties\/(\w+)$/);
    const name = own ?? (whole === null ? place.name : `${whole[1]}${pascal(whole[2] ?? '')}`);
    return this.typeOf(schema, { file, name: pascal(name) });
  }

  /** A choice of many values gets a name, so that signatures stay short. */
  #choice({ title }: JsonSchema, values: readonly unknown[]): string {
    if (typeof title !== 'string' || values.length <= LONG) return literal(values);
    this.#choices.set(title, literal(values));
    return title;
  }

  #ofType(type: string, schema: JsonSchema, place: Place): string {
    switch (type) {
      case 'null':
        return 'None';
      case 'boolean':
        return 'bool';
      case 'integer':
        return 'int';
      case 'number':
        return 'float';
      case 'string':
        return 'str';
      case 'array':
        return this.#list(schema, place);
      case 'object':
        return hasFields(schema) ? this.#declared(schema, place) : this.#map(schema, place);
      default:
        return 'Any';
    }
  }

  #list({ items }: JsonSchema, place: Place): string {
    if (Array.isArray(items)) {
      return `Tuple[${items.map((item, n) => this.typeOf(item, { ...place, name: `${place.name}${n + 1}` })).join(', ')}]`;
    }
    return `List[${this.typeOf((items ?? {}) as JsonSchema, { ...place, name: `${place.name}Item` })}]`;
  }

  #map({ additionalProperties }: JsonSchema, place: Place): string {
    const isTyped = additionalProperties !== null && typeof additionalProperties === 'object';
    const inner = isTyped ? (additionalProperties as JsonSchema) : {};
    return `Dict[str, ${this.typeOf(inner, { ...place, name: `${place.name}Value` })}]`;
  }

  #declared(schema: JsonSchema, place: Place): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const wanted = typeof schema.title === 'string' ? schema.title : place.name;
    let name = wanted;
    for (let n = 2; this.#classes.has(name); n += 1) name = `${wanted}${n}`;
    // The name is taken before the fields are looked at, since a shape may refer to itself.
    this.#names.set(schema, name);
    this.#classes.set(name, { description: undefined, fields: [] });
    this.#classes.set(name, this.#classOf(schema, { ...place, name }));
    return name;
  }

  #classOf(schema: JsonSchema, place: Place): Class {
    const required = (schema.required ?? []) as readonly string[];
    const fields = Object.entries(schema.properties as Record<string, JsonSchema>).map(([name, inner]) => ({
      name,
      type: this.typeOf(inner, { ...place, name: `${place.name}${pascal(name)}` }),
      required: required.includes(name),
      description: descriptionOf(inner, place.file),
    }));
    return { description: descriptionOf(schema, place.file), fields };
  }
}

/** What a schema says of itself, or else the one to which it refers. */
export function descriptionOf({ description, $ref }: JsonSchema, file: string): string | undefined {
  if (typeof description === 'string') return description;
  if (typeof $ref !== 'string') return undefined;
  const target = writtenAt({ ref: $ref.startsWith('#') ? `${file}${$ref}` : $ref });
  return descriptionOf(target.schema, target.file);
}

export const pascal = (name: string) =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');

const hasFields = ({ type, properties }: JsonSchema) =>
  [type].flat().includes('object') && Object.keys((properties ?? {}) as object).length > 0;

function union(types: readonly string[]): string {
  const different = [...new Set(types)];
  const others = different.filter((type) => type !== 'None');
  if (different.includes('Any')) return 'Any';
  if (others.length === 0) return 'None';
  const inner = others.length === 1 ? String(others[0]) : `Union[${others.join(', ')}]`;
  return others.length === different.length ? inner : `Optional[${inner}]`;
}

function literal(values: readonly unknown[]): string {
  const shown = values.map((value) => {
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    return value === null ? 'None' : typeof value === 'number' ? String(value) : pythonText(String(value));
  });
  return `Literal[${shown.join(', ')}]`;
}

/** A text as Python writes it. */
export const pythonText = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function declaration(name: string, { description, fields }: Class): string {
  const [needed, others] = [fields.filter((f) => f.required), fields.filter((f) => !f.required)];
  const head = description === undefined ? '' : `${docstring([description])}\n`;
  if (fields.some((field) => !isPythonName(field.name) || PYTHON_WORDS.has(field.name))) {
    // Such fields can only be declared by the functional form, which has no room for a description.
    const part = (suffix: string, list: readonly Field[], total: string) =>
      `_${name}${suffix} = TypedDict('_${name}${suffix}', {\n${list
        .map((f) => `${comment(f)}    ${pythonText(f.name)}: ${pythonText(f.type)},\n`)
        .join('')}}${total})`;
    const body = description === undefined ? '    pass' : docstring([description]);
    return `${part('Required', needed, '')}\n${part('Optional', others, ', total=False')}\n\n\nclass ${name}(_${name}Required, _${name}Optional):\n${body}`;
  }
  const lines = (list: readonly Field[]) => list.map((f) => `${comment(f)}    ${f.name}: ${f.type}`).join('\n');
  if (others.length === 0) return `class ${name}(TypedDict):\n${head}${lines(needed)}`;
  if (needed.length === 0) return `class ${name}(TypedDict, total=False):\n${head}${lines(others)}`;
  return `class _${name}Required(TypedDict):\n${lines(needed)}\n\n\nclass ${name}(_${name}Required, total=False):\n${head}${lines(others)}`;
}

const comment = ({ description }: Field) =>
  description === undefined ? '' : `    #: ${description.replaceAll(/\s+/g, ' ')}\n`;

/** A docstring of paragraphs, indented as in a class. */
export function docstring(paragraphs: readonly string[], indent = '    '): string {
  const text = paragraphs.join('\n\n').replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"');
  const lines = text
    .split('\n')
    .flatMap((line) => wrapped(line).map((part) => (part === '' ? '' : `${indent}${part}`)));
  return `${indent}"""${lines.join('\n').trimStart()}${lines.length > 1 ? `\n${indent}` : ''}"""`;
}

/** What `help` indents by four columns, and shows on a terminal of 80. */
const HELP_WIDTH = 76;

/** The line in parts of at most that many characters; those after the first are indented if it begins with a name and a colon. */
function wrapped(line: string): string[] {
  const indent = /^\w+: /.test(line) ? '    ' : '';
  const parts = [''];
  for (const word of line.split(' ')) {
    const last = parts.at(-1) ?? '';
    if (last === '') parts[parts.length - 1] = word;
    else if (last.length + word.length < HELP_WIDTH) parts[parts.length - 1] = `${last} ${word}`;
    else parts.push(`${indent}${word}`);
  }
  return parts;
}
