// Makes src/base/schemas/generated.ts from the JSON Schema files of this folder: a TypeScript type for each file, and the
// typed handles by which the code names a schema. `npm run generate` writes it; `--check` only compares.
//
// A file in commands/ or methods/ describes one command or method: an object with the two properties `params` and
// `result`. A file with `definitions` holds shapes that others refer to. Any other file is one shape.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const root = fileURLToPath(new URL('.', import.meta.url));
const target = fileURLToPath(new URL('../src/base/schemas/generated.ts', import.meta.url));

const files = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((e) => e.isFile() && e.name.endsWith('.json'))
    .map((e) => join(folder, e.name))
    .sort();
const folders = readdirSync(root, { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name)
  .sort();

const options = {
  cwd: root,
  bannerComment: '',
  additionalProperties: false,
  declareExternallyReferenced: true,
  enableConstEnums: false,
  ignoreMinAndMaxItems: true,
  $refOptions: { resolve: { file: { order: 1 } } },
};

/** What a method has alike with a command is that command's: its type is taken over, and not made again. */
function shared(schema) {
  if (schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([part, value]) => {
    const [, command] = new RegExp(`^(\\w+)\\.json#/properties/${part}$`).exec(value.$ref ?? '') ?? [];
    if (command === undefined) return [part, value];
    const { title } = JSON.parse(readFileSync(join(root, 'commands', `${command}.json`), 'utf8'));
    return [part, { tsType: `${title}['${part}']` }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/**
 * The fields below a schema that are marked `x-class: content`, each as the path to it: keys, and `*` for the items of a list. No
 * shape that holds content refers to itself.
 */
function contentPaths(schema, file, above = []) {
  if (schema === null || typeof schema !== 'object') return [];
  if (schema['x-class'] === 'content') return [[]];
  if (typeof schema.$ref === 'string') {
    const [other, pointer = ''] = schema.$ref.split('#');
    const path = other === '' ? file : allFiles.find((f) => basename(f) === other);
    const where = `${path}#${pointer}`;
    if (above.includes(where)) return [];
    const whole = JSON.parse(readFileSync(join(root, path), 'utf8'));
    const target = pointer
      .split('/')
      .slice(1)
      .reduce((found, key) => found[key], whole);
    return contentPaths(target, path, [...above, where]);
  }
  const below = (inner, step) => contentPaths(inner, file, above).map((path) => [step, ...path]);
  const ofKeys = Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => below(inner, key));
  return Array.isArray(schema.items) ? ofKeys : [...ofKeys, ...below(schema.items, '*')];
}

/** The schema that this one refers to, and the file to which its references are relative. */
function resolved(schema, file) {
  if (typeof schema.$ref !== 'string') return { schema, file };
  const [other, pointer = ''] = schema.$ref.split('#');
  const path = other === '' ? file : allFiles.find((f) => basename(f) === other);
  const keys = pointer.split('/').slice(1);
  const whole = JSON.parse(readFileSync(join(root, path), 'utf8'));
  return resolved(
    keys.reduce((found, key) => found[key], whole),
    path,
  );
}

/**
 * How the pages of a result are found: the field of its items, unless it is their list itself; where the parameters say which page
 * it is; and `by`, where that is not the `next` of the result but the number of the page, or the last object of the one before.
 */
function pagingOf({ params, result }, file) {
  const given = resolved(params, file);
  const returned = resolved(result, file).schema;
  const fields = returned.properties ?? {};
  const own = given.schema.properties ?? {};
  if (returned.type === 'array' && 'startafter' in own) return { cursor: ['startafter'], by: 'last' };
  const lists = Object.keys(fields).filter((key) => fields[key].type === 'array');
  const items = lists.includes('items') ? 'items' : lists[0];
  if ('page' in own && 'pages' in fields) return { items, cursor: ['page'], by: 'number' };
  if (fields.next === undefined) return undefined;
  const nested = Object.keys(own).find((key) => {
    return fields[key]?.type === 'array' && 'cursor' in (resolved(own[key], given.file).schema.properties ?? {});
  });
  const cursor = 'cursor' in own ? ['cursor'] : nested === undefined ? undefined : [nested, 'cursor'];
  return cursor === undefined ? undefined : { items, cursor };
}

/** The results that depend on a parameter (`x-with`), by the parameter, as one type. */
async function variantsOf({ title, properties }) {
  const choices = properties.result.oneOf ?? [];
  if (!choices.some((choice) => choice['x-with'] !== undefined)) return undefined;
  const each = Object.fromEntries(choices.map((choice) => [choice['x-with'] ?? 'otherwise', choice]));
  const shape = { title: `${title}Variants`, type: 'object', required: Object.keys(each), properties: each };
  return compile({ ...shape, additionalProperties: false }, shape.title, options);
}

const allFiles = ['.', ...folders].flatMap(files);
const paged = { commands: {}, methods: {} };
const ownUser = [];
const optional = [];
const variants = [];
const contents = {};
const blocks = new Map();
const handles = {};
const titles = new Map();
for (const path of allFiles) {
  const schema = JSON.parse(readFileSync(join(root, path), 'utf8'));
  if (schema.definitions !== undefined) continue;
  const source = await compile(shared(schema), schema.title, options);
  const more = path.startsWith('commands/') ? await variantsOf(schema) : undefined;
  if (more !== undefined) variants.push([basename(path, '.json'), `${schema.title}Variants`]);
  // A shared definition is declared again by every file that refers to it: each is kept once, by name.
  for (const block of `${source}\n${more ?? ''}`.split(/\n(?=\/\*\*|export )(?<!\*\/\n)/)) {
    const name = block.match(/^export (?:interface|type) (\w+)/m)?.[1];
    if (name) blocks.set(name, block.trim().replaceAll(/\/\*\*\n\s+\* (.*)\n\s+\*\//g, '/** $1 */'));
  }
  const folder = path.includes('/') ? path.split('/')[0] : undefined;
  if (folder) {
    const name = path.split('/')[1].replace(/\.json$/, '');
    titles.set(name, schema.title);
    const paths = contentPaths(schema.properties.params, path);
    const paging = pagingOf(schema.properties, path);
    if (paging !== undefined) paged[folder][name] = paging;
    const { user } = resolved(schema.properties.params, path).schema.properties ?? {};
    if (folder === 'commands' && user !== undefined) ownUser.push(name);
    const { type, required = [] } = resolved(schema.properties.params, path).schema;
    if (folder === 'methods' && type === 'object' && required.length === 0) optional.push(name);
    contents[folder] ??= {};
    if (paths.length > 0) contents[folder][name] = paths;
    handles[folder] ??= [];
    handles[folder].push(`  ${name}: handles<${schema.title}>('${schema.$id}'),`);
  }
}

const withoutComments = (source) => source.replaceAll(/ *\/\*\*.*?\*\/\n/gs, '');

/** The compiler numbers a type where one file refers to it several times: the copies of what is there are left out. */
function leaveOutCopies() {
  for (const [name, block] of blocks) {
    const original = name.replace(/\d+$/, '');
    const known = original === name ? undefined : blocks.get(original);
    const renamed = (source) => source.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), original);
    if (known === undefined || withoutComments(renamed(block)) !== withoutComments(known)) continue;
    blocks.delete(name);
    for (const [other, source] of blocks) blocks.set(other, renamed(source));
    return true;
  }
  return false;
}
while (leaveOutCopies());

const maps = Object.entries(handles).map(([folder, rows]) => {
  const name = folder[0].toUpperCase() + folder.slice(1, -1);
  const entries = rows.map((row) => row.match(/^ {2}(\w+): /)[1]);
  return `export interface ${name}Map {\n${entries.map((e) => `  ${e}: ${titles.get(e)};`).join('\n')}\n}\n`;
});
const CONTENT_TYPE = `Readonly<Record<${Object.keys(handles)
  .map((folder) => `'${folder}'`)
  .join(' | ')}, Readonly<Record<string, readonly (readonly string[])[]>>>>`;
const body = [
  '// Made by `npm run generate` from schemas/. Do not edit: a test makes it anew and compares.',
  "import { handles } from './handle.ts';",
  '',
  ...[...blocks.values()].map((b) => `${b.trim()}\n`),
  ...maps,
  '/** The results that depend on a parameter: by the parameter, and without it. */',
  `export interface CommandVariants {\n${variants.map(([name, type]) => `  ${name}: ${type};`).join('\n')}\n}\n`,
  ...Object.entries(handles).map(([folder, rows]) => `export const ${folder} = {\n${rows.join('\n')}\n} as const;\n`),
  '/** Where in the parameters of each command and method stands what its caller stores as it is (`x-class: content`). */',
  `export const contentPaths: ${CONTENT_TYPE} = ${JSON.stringify(contents, null, 2)};\n`,
].join('\n');

const quoted = (value) => JSON.stringify(value).replaceAll('"', "'").replaceAll(',', ', ');
const pages = (folder) =>
  Object.entries(paged[folder]).map(([name, { items, cursor, by }]) => {
    const parts = [items && `items: '${items}'`, `cursor: ${quoted(cursor)}`, by && `by: '${by}'`];
    return `  ${name}: { ${parts.filter(Boolean).join(', ')} },`;
  });
const client = [
  '// Made by `npm run generate` from schemas/. Do not edit: a test makes it anew and compares.',
  '',
  '/** The commands that answer in pages, and how these are found. */',
  `export const pagedCommands = {\n${pages('commands').join('\n')}\n} as const;`,
  '',
  '/** The methods that answer in pages. */',
  `export const pagedMethods = {\n${pages('methods').join('\n')}\n} as const;`,
  '',
  '/** The commands with a parameter `user`, which is not the key of the command object. */',
  `export const commandsWithUser: readonly string[] = ${quoted(ownUser)};`,
  '',
  '/** The methods with a parameter of which no field must be given: without one, they are sent an empty object. */',
  `export const methodsWithOptionalFields: ReadonlySet<string> = new Set([\n${optional.map((name) => `  '${name}',`).join('\n')}\n]);`,
  '',
].join('\n');

for (const [path, made] of [
  [target, body],
  [fileURLToPath(new URL('../src/client/generated.ts', import.meta.url)), client],
]) {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, made);
  } else if (readFileSync(path, 'utf8') !== made) {
    console.error(
      `${path.slice(root.length - 'schemas/'.length)} is not what schemas/ makes: run \`npm run generate\`.`,
    );
    process.exit(1);
  }
}
