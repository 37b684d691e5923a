import type { SchemaHandle } from '../../base/schemas/handle.ts';
import { type JsonSchema, schemaOf, writtenAt } from '../../base/schemas/validator.ts';
import type { DeclaredCommand, DeclaredMethod } from '../../operations/declared.ts';
import { reasonsOfCommands } from '../../operations/reasons.ts';
import {
  descriptionOf,
  docstring,
  isPythonName,
  PYTHON_WORDS,
  type PythonTypes,
  pascal,
  pythonText,
} from './pythonTypes.ts';

/** A keyword of a function, which is a parameter of the operation or a key of the command object. */
interface Keyword {
  readonly name: string;
  /** The name in the call; absent for a key of the command object. */
  readonly sentAs?: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

/** A result that depends on whether a parameter is given, or true. */
interface Variant {
  /** The parameter with which the result is `type`; absent for the result without any such parameter. */
  readonly with?: string;
  readonly type: string;
}

/** How the items of a paged result are found. */
interface Paging {
  /** The field of the items; empty where the result is their list itself. */
  readonly items: string;
  readonly itemType: string;
  /** Where the parameters say which page it is. */
  readonly cursor: readonly string[];
  /** By the `next` of the page before, by its number, or by the last object of the page before. */
  readonly by: 'next' | 'number' | 'last';
}

/** An operation as the Python client has it. */
export interface PythonFunction {
  readonly name: string;
  readonly isMethod: boolean;
  readonly summary: string;
  readonly note: string | undefined;
  readonly keywords: readonly Keyword[];
  /** The type of all parameters as one mapping, and whether it is one with names. */
  readonly paramsType: string;
  readonly takesParams: boolean;
  /** Whether the parameter is a single value, such as a name or a list, and not a mapping. */
  readonly isPlain: boolean;
  readonly result: string;
  readonly variants: readonly Variant[];
  readonly example: string | undefined;
  /** The reasons for which it may be refused, beside those of every call. */
  readonly reasons: readonly string[];
  readonly paging: Paging | undefined;
}

export function commandFunction(command: DeclaredCommand, types: PythonTypes): PythonFunction {
  const { name, summary, user, examples } = command;
  const found = shapes({ params: command.params, result: command.result }, pascal(name), types);
  const own = found.keywords.filter((k) => !(command.takes === 'module' && k.sentAs === 'module'));
  const taken = new Set(own.map((k) => k.sentAs));
  const key = (keyword: string, required: boolean, description: string): Keyword => ({
    name: keyword,
    type: 'str',
    required,
    description,
  });
  const keys = [
    ...(user === 'ignored' ? [] : [key('user', user !== 'optionalSubject', USER[user])]),
    ...(command.takes === 'module' ? [key('module', true, "The module's name.")] : []),
  ];
  const keywords = own.map((k) => (k.sentAs === 'user' && keys.length > 0 ? { ...k, name: 'user_' } : k));
  const [example] = examples;
  const shown = example === undefined ? undefined : exampleOf(name, { ...example, taken });
  return {
    ...found,
    name,
    isMethod: false,
    summary,
    keywords: [...keys, ...keywords],
    example: shown,
    reasons: reasonsOfCommands[name] ?? [],
  };
}

const USER = {
  target: 'The user that the command is about.',
  subject: 'The user acted as.',
  optionalSubject: 'The user acted as; when absent, the command runs with all rights.',
} as const;

export function methodFunction(method: DeclaredMethod, types: PythonTypes): PythonFunction {
  const name = methodName(method.name);
  const found = shapes({ params: method.params, result: method.result }, `${pascal(name)}Method`, types);
  return { ...found, name, isMethod: true, summary: method.summary, example: undefined, reasons: [] };
}

/** As in schemas/methods: `Workspace.ver` is `ver`, and `Resource.get` is `Resource_get`. */
const methodName = (name: string) => name.replace(/^(Workspace|rpc)\./, '').replace('.', '_');

interface Handles {
  readonly params: SchemaHandle<unknown> | undefined;
  readonly result: SchemaHandle<unknown>;
}

function shapes({ params, result }: Handles, name: string, types: PythonTypes) {
  const returned = writtenAt(result);
  const type = types.typeOf(returned.schema, { file: returned.file, name: `${name}Result` });
  const inlined = params === undefined ? {} : schemaOf(params);
  const properties = (inlined.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const found = params === undefined ? undefined : resolved(params);
  const place = (field: string) => ({ file: found?.file ?? '', name: `${name}Params${pascal(field)}` });
  const required = (inlined.required ?? []) as readonly string[];
  const written = (found?.schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const keywords = Object.entries(written)
    .filter(([field]) => isPythonName(field))
    .map(([field, schema]) => ({
      name: PYTHON_WORDS.has(field) || field === 'params' || field === 'self' ? `${field}_` : field,
      sentAs: field,
      type: types.typeOf(schema, place(field)),
      required: required.includes(field),
      description: descriptionOf(schema, found?.file ?? '') ?? '',
    }));
  const whole = params === undefined ? undefined : writtenAt(params);
  const paramsType =
    whole === undefined ? 'None' : types.typeOf(whole.schema, { file: whole.file, name: `${name}Params` });
  return {
    note: typeof inlined.description === 'string' ? inlined.description : undefined,
    keywords,
    paramsType: paramsType.startsWith('Dict[') || paramsType === 'Any' ? 'Mapping[str, Any]' : paramsType,
    takesParams: params !== undefined,
    isPlain: found !== undefined && found.schema.type !== 'object' && found.schema.type !== undefined,
    result: type,
    variants: variantsOf(returned, name, types),
    paging: pagingOf(properties, result, types),
  };
}

/** The schema of parameters, after the references by which it is named, and the file of its own references. */
function resolved(params: SchemaHandle<unknown>): { schema: JsonSchema; file: string } {
  let found = writtenAt(params);
  while (typeof found.schema.$ref === 'string') {
    const { $ref } = found.schema;
    found = writtenAt({ ref: $ref.startsWith('#') ? `${found.file}${$ref}` : $ref });
  }
  return found;
}

function variantsOf({ schema, file }: ReturnType<typeof writtenAt>, name: string, types: PythonTypes): Variant[] {
  const choices = (schema.oneOf ?? []) as readonly JsonSchema[];
  if (!choices.some((choice) => choice['x-with'] !== undefined)) return [];
  return choices.map((choice, n) => {
    const type = types.typeOf(choice, { file, name: `${name}Result${n + 1}` });
    return choice['x-with'] === undefined ? { type } : { type, with: String(choice['x-with']) };
  });
}

function pagingOf(
  properties: Readonly<Record<string, JsonSchema>>,
  result: SchemaHandle<unknown>,
  types: PythonTypes,
): Paging | undefined {
  const returned = resolved(result);
  const fields = (returned.schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const itemTypeOf = (schema: JsonSchema, name: string) =>
    types.typeOf(schema, { file: returned.file, name: pascal(name) }).replace(/^List\[(.*)\]$/s, '$1');
  if (returned.schema.type === 'array' && 'startafter' in properties) {
    return { items: '', itemType: itemTypeOf(returned.schema, 'Item'), cursor: ['startafter'], by: 'last' };
  }
  const byNumber = 'page' in properties && 'pages' in fields;
  const cursor = byNumber ? ['page'] : fields.next === undefined ? undefined : cursorOf(properties, fields);
  if (cursor === undefined) return undefined;
  const lists = Object.entries(fields).filter(([, { type }]) => type === 'array');
  const [items, schema] = lists.find(([field]) => field === 'items') ?? lists[0] ?? [];
  if (items === undefined || schema === undefined) throw new Error(`${result.ref} has pages without items`);
  return { items, itemType: itemTypeOf(schema, items), cursor, by: byNumber ? 'number' : 'next' };
}

/** Where the cursor stands in the parameters: among them, or in the one that is named like the list of the items. */
function cursorOf(
  properties: Readonly<Record<string, JsonSchema>>,
  fields: Readonly<Record<string, JsonSchema>>,
): string[] | undefined {
  if ('cursor' in properties) return ['cursor'];
  const nested = Object.entries(properties).find(([field, { properties: inner }]) => {
    return (
      fields[field]?.type === 'array' && (inner as object | undefined) !== undefined && 'cursor' in (inner as object)
    );
  });
  return nested === undefined ? undefined : [nested[0], 'cursor'];
}

interface Shown {
  readonly user?: string;
  readonly params?: unknown;
  readonly taken: ReadonlySet<string | undefined>;
}

function exampleOf(name: string, { user, params, taken }: Shown): string {
  const given = Object.entries((params ?? {}) as object);
  const keywords = given.map(([field, value]) => {
    const keyword = PYTHON_WORDS.has(field) || field === 'params' ? `${field}_` : field;
    return `${field === 'user' && user !== undefined ? 'user_' : keyword}=${pythonValue(value)}`;
  });
  const isPlain = given.every(([field]) => isPythonName(field) && taken.has(field));
  const first = user === undefined ? [] : [`user=${pythonText(user)}`];
  const rest = isPlain ? keywords : [pythonValue(params)];
  return `steward.administer.${name}(${isPlain ? [...first, ...rest].join(', ') : [...rest, ...first].join(', ')})`;
}

function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return pythonText(value);
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${pythonText(key)}: ${pythonValue(inner)}`)
    .join(', ')}}`;
}

const OPTIONS = [
  '_reason: Optional[str] = None',
  '_plan: Optional[str] = None',
  '_idempotency_key: Optional[str] = None',
  '_approval: Optional[str] = None',
  '_run_when_approved: bool = False',
  '_timeout: Optional[float] = None',
];
const OPTION_NAMES = OPTIONS.map((option) => option.replace(/:.*$/, ''));

interface Form {
  /** Whether it iterates over the pages. */
  readonly isPaged: boolean;
}

/** The function with its signature and docstring. */
export function functionSource(f: PythonFunction, { isPaged }: Form): string {
  const keywords = keywordsOf(f, isPaged);
  const options = f.isMethod ? ['_timeout: Optional[float] = None'] : OPTIONS;
  const parameters = [
    'self',
    `params: Optional[${f.takesParams ? f.paramsType : 'Mapping[str, Any]'}] = None`,
    '*',
    ...keywords.map((k) =>
      k.sentAs === undefined ? `${k.name}: Optional[str] = None` : `${k.name}: ${k.type} = ABSENT`,
    ),
    ...options,
    '**more: Any',
  ];
  const returns = isPaged ? `Iterator[${f.paging?.itemType}]` : `Answer[${f.result}]`;
  const sent = keywords.filter((k) => k.sentAs !== undefined);
  const given = `{${sent.map((k) => `${pythonText(k.sentAs ?? '')}: ${k.name}`).join(', ')}}`;
  const passed = [
    ...(f.isMethod
      ? []
      : ['user', 'module'].map((key) => [key, keywords.some((k) => k.sentAs === undefined && k.name === key)] as const)
    )
      .filter(([, has]) => has)
      .map(([key]) => key),
    ...(f.isMethod ? ['_timeout'] : OPTION_NAMES),
  ];
  const optionMap = `{${passed.map((key) => `'${key}': ${key}`).join(', ')}}`;
  const start =
    isPaged && f.paging !== undefined && f.paging.cursor.length > 1 ? `, ${pythonText(f.paging.cursor[0] ?? '')}` : '';
  // A method with a parameter is sent an empty one rather than none.
  const first = f.isMethod && f.takesParams && !f.isPlain ? '{} if params is None else params' : 'params';
  const call = `self._call('${f.name}', ${first}, ${given}, ${optionMap}, more${start})`;
  const run = isPaged
    ? `self._run(${call}, ${f.isMethod ? 'True' : 'False'}, ${pagingSource(f.paging)})`
    : `self._run(${call})`;
  return [
    `    def ${f.name}(`,
    ...parameters
      .map((p) => `        ${p},`)
      .map((line) => (line.trim() === '**more: Any,' ? '        **more: Any' : line)),
    `    ) -> ${returns}:`,
    docstring(documentation(f, keywords, isPaged), '        '),
    `        return ${run}`,
  ].join('\n');
}

/** How pages are found, as the client takes it: `Paging` in _pages.py. */
function pagingSource(paging: Paging | undefined): string {
  const { items, cursor, by } = paging ?? { items: '', cursor: [], by: 'next' };
  return `Paging('${items}', (${cursor
    .map((c) => `'${c}', `)
    .join('')
    .trimEnd()}), '${by}')`;
}

function keywordsOf({ keywords, paging }: PythonFunction, isPaged: boolean): readonly Keyword[] {
  const own = isPaged && paging?.cursor.length === 1 ? paging.cursor[0] : undefined;
  return own === undefined ? keywords : keywords.filter((k) => k.sentAs !== own);
}

function documentation(f: PythonFunction, keywords: readonly Keyword[], isPaged: boolean): string[] {
  const note = f.isPlain ? `params: Required; ${f.paramsType}. ${f.note ?? ''}`.trim() : f.note;
  const parameters = keywords.map((k) => `${k.name}: ${k.required ? 'Required. ' : ''}${k.description}`.trim());
  const [variants] = [f.variants.flatMap((v) => (v.with === undefined ? [] : [`with ${v.with}, ${v.type}`]))];
  const result = isPaged
    ? `Yields: ${f.paging?.itemType}, from all pages. limit is the number of items in a page.`
    : `Returns: Answer[${f.result}]${variants?.length ? ` (${variants.join(', ')})` : ''}.`;
  const { reasons } = f;
  const own = reasons.length === 0 ? '' : `\nReasons, beside those of every call: ${reasons.join(', ')}.`;
  return [
    f.summary,
    ...(note === undefined ? [] : [note]),
    ...(parameters.length === 0 ? [] : [parameters.join('\n')]),
    `${result}\nRaises: StewardError, or its class for the kind of error, whose help lists the reasons.${own}`,
    ...(f.example === undefined || isPaged ? [] : [`Example: ${f.example}`]),
  ];
}

interface StubForm extends Form {
  readonly isDryRun: boolean;
  readonly isAsync: boolean;
}

/** The types of the function: by keywords, or with a mapping of parameters; and for each result that it may have. */
export function stubSource(f: PythonFunction, form: StubForm): string {
  const keywords = keywordsOf(f, form.isPaged);
  const options = f.isMethod ? '_timeout: Optional[float] = None' : '**options: Unpack[CommandOptions]';
  const returns = (type: string) => {
    if (form.isPaged) return `${form.isAsync ? 'AsyncIterator' : 'Iterator'}[${f.paging?.itemType}]`;
    return `Answer[${form.isDryRun ? 'DryRunResult' : type}]`;
  };
  const define = form.isAsync && !form.isPaged ? 'async def' : 'def';
  const signature = (parameters: readonly string[], type: string) =>
    `${define} ${f.name}(${['self', ...parameters, options].join(', ')}) -> ${returns(type)}: ...`;
  const typed = (change: (k: Keyword) => string | undefined = () => undefined) =>
    keywords.map((k) => change(k) ?? `${k.name}: ${k.type}${k.required ? '' : ' = ...'}`).filter((text) => text !== '');
  const star = (list: readonly string[]) => (list.length === 0 ? (f.isMethod ? ['*'] : []) : ['*', ...list]);
  const keys = keywords.filter((k) => k.sentAs === undefined);
  const asMapping = [
    `params: ${f.takesParams ? f.paramsType : 'Mapping[str, Any]'}`,
    ...star(keys.map((k) => `${k.name}: ${k.type}${k.required ? '' : ' = ...'}`)),
  ];
  const byVariant = form.isDryRun || form.isPaged ? [] : f.variants;
  const overloads =
    byVariant.length === 0
      ? [signature(star(typed()), f.result)]
      : [
          ...byVariant.map(({ with: given, type }) =>
            signature(star(typed((k) => narrowed(k, given, byVariant))), type),
          ),
          signature(star(typed()), f.result),
        ];
  const takesMapping = f.takesParams || !f.isMethod;
  const all = takesMapping
    ? [...(f.isPlain ? [] : overloads), signature(asMapping, f.result)]
    : [signature(['params: None = ...', '*'], f.result)];
  const lines = all.length === 1 ? all : all.flatMap((one) => ['@overload', one]);
  return lines.map((line) => `    ${line}`).join('\n');
}

/** The keyword where the result is that with `given`: it must be given, and the other such parameters must not. */
function narrowed(k: Keyword, given: string | undefined, variants: readonly Variant[]): string | undefined {
  if (!variants.some((v) => v.with === k.sentAs)) return undefined;
  if (k.sentAs === given) return `${k.name}: ${k.type === 'bool' ? 'Literal[True]' : k.type}`;
  return k.type === 'bool' ? `${k.name}: Literal[False] = ...` : '';
}
