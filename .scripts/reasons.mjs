// Makes src/operations/reasons.ts: for which reasons each command may be refused, found in the code that it runs.
// `npm run generate` writes it; `--check` only compares.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { CallGraph, walk } from './callGraph.mjs';
import { writeGenerated } from './writeGenerated.mjs';

const SRC = fileURLToPath(new URL('../src', import.meta.url));
const TARGET = join(SRC, 'operations', 'reasons.ts');
const CATALOGUE = join(SRC, 'base', 'errors.ts');
const DEPENDENCIES = join(SRC, 'operations', 'dependencies.ts');

/** What answers calls; a command depends on nothing else. */
const ROOMS = ['base', 'store', 'audit', 'identity', 'jobs', 'notices', 'domain', 'operations', 'gate', 'server'];

const room = (file) => file.slice(SRC.length + 1).split('/')[0];
const propertyOf = (object, name) => object?.properties?.find(({ key }) => key?.name === name)?.value;

/** The keys of the catalogue of errors, in their order. */
function reasonsInCatalogue() {
  const { program } = parseSync(CATALOGUE, readFileSync(CATALOGUE, 'utf8'));
  let keys = [];
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator' && node.id.name === 'catalogue') {
      walk(node.init, (each) => {
        if (each.type !== 'ObjectExpression') return true;
        keys = each.properties.map(({ key }) => key.name);
        return false;
      });
    }
  });
  return keys;
}

const order = reasonsInCatalogue();
const files = ROOMS.flatMap((name) =>
  readdirSync(join(SRC, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
);
const graph = new CallGraph(files, new Set(order));

/** The classes of what operations may need. */
function classesOfNeeds() {
  const { program } = parseSync(DEPENDENCIES, readFileSync(DEPENDENCIES, 'utf8'));
  const classes = new Map();
  walk(program, (node) => {
    if (node.type !== 'TSPropertySignature') return;
    walk(node.typeAnnotation, ({ type, name }) => {
      const known = type === 'Identifier' ? graph.importedAs(DEPENDENCIES, name) : undefined;
      if (known !== undefined) classes.set(node.key.name, [...(classes.get(node.key.name) ?? []), known]);
    });
  });
  return classes;
}

/** The declarations of the operations that are commands, with their names. */
function commands() {
  return files
    .filter((file) => room(file) === 'operations')
    .flatMap((file) => graph.variablesOf(file).map(([, node]) => ({ file, node })))
    .flatMap(({ file, node }) => {
      const isOperation = ['operation', 'preparedCommand'].includes(node?.callee?.name);
      const declaration = isOperation ? node.arguments[0] : undefined;
      const command = propertyOf(declaration, 'command');
      return command === undefined ? [] : [{ file, declaration, name: propertyOf(command, 'name').value }];
    });
}

const needs = classesOfNeeds();
const inOrder = (reasons) => order.filter((reason) => reasons.has(reason));

function reasonsOf({ file, declaration }) {
  const isMethod = (node, parent) => parent === declaration && node.key?.name === 'method';
  const unit = graph.unitOf(declaration, file, isMethod);
  const needed = (propertyOf(declaration, 'needs')?.elements ?? []).flatMap(({ value }) => needs.get(value) ?? []);
  // What the database refuses has nothing to do with the command.
  return inOrder(graph.reasonsFrom(unit, { classes: needed, isOutside: (each) => room(each) === 'store' }));
}

const listText = (reasons) => `[${reasons.map((reason) => `'${reason}'`).join(', ')}]`;
const entries = commands()
  .sort((a, b) => (a.name < b.name ? -1 : 1))
  .map((command) => `  ${command.name}: ${listText(reasonsOf(command))},`);
const made = [
  '// Made by `npm run generate` from what the code of each command can refuse. Do not edit: a test makes it anew and compares.',
  "import type { Reason } from '../base/errors.ts';",
  '',
  '/** The reasons for which each command may be refused, beside those of every call. */',
  `export const reasonsOfCommands: Readonly<Record<string, readonly Reason[]>> = {\n${entries.join('\n')}\n};`,
  '',
].join('\n');

writeGenerated(TARGET, made);
