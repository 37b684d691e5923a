// Makes src/base/internalFields.ts: the fields that the declarations of collections name as internal, for readers of changes
// that must not import these declarations. `npm run generate` writes it; `--check` only compares.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { walk } from './callGraph.mjs';
import { writeGenerated } from './writeGenerated.mjs';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const TARGET = join(SRC, 'base', 'internalFields.ts');

/** The name and the internal fields of each collection that a file declares with some. */
function declaredIn(file) {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('internal: [')) return [];
  const found = [];
  walk(parseSync(file, text).program, (node) => {
    if (node.type !== 'CallExpression' || node.callee.name !== 'collection') return;
    const [name, options] = node.arguments;
    const internal = options?.properties?.find(({ key }) => key?.name === 'internal')?.value;
    if (internal !== undefined) found.push([name.value, internal.elements.map(({ value }) => value)]);
  });
  return found;
}

const entries = readdirSync(SRC, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .flatMap((entry) => declaredIn(join(entry.parentPath, entry.name)))
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `  ${name}: [${fields.map((field) => `'${field}'`).join(', ')}],`);
const made = [
  '// Made by `npm run generate` from the declarations of collections. Do not edit: a test makes it anew and compares.',
  '',
  '/** The fields of each collection that only the service needs, such as counters and marks: they follow from what else is changed. */',
  `export const internalFields: Readonly<Record<string, readonly string[]>> = {\n${entries.join('\n')}\n};`,
  '',
].join('\n');

writeGenerated(TARGET, made);
