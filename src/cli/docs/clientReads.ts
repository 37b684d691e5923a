import { allCommands, rpcMethods } from '../../operations/index.ts';

/** The names of the commands and methods that only read, which a client may repeat. */
const reading = (operations: readonly { readonly name: string; readonly effect: 'read' | 'write' }[]): string[] =>
  operations
    .filter(({ effect }) => effect === 'read')
    .map(({ name }) => name)
    .sort();

const lines = (names: readonly string[], indent: string) => names.map((name) => `${indent}'${name}',`).join('\n');

/** The list of the TypeScript client. */
export function typeScriptReads(): string {
  const set = (name: string, doc: string, names: readonly string[]) =>
    `/** ${doc} */\nexport const ${name}: ReadonlySet<string> = new Set([\n${lines(names, '  ')}\n]);\n`;
  return [
    set('readingCommands', 'The commands that only read.', reading(allCommands)),
    set('readingMethods', 'The methods that only read.', reading(rpcMethods)),
  ].join('\n');
}

/** The list of the Python client. */
export function pythonReads(): string {
  const set = (name: string, doc: string, names: readonly string[]) =>
    `#: ${doc}\n${name} = frozenset((\n${lines(names, '    ')}\n))\n`;
  return [
    '"""The commands and methods that only read, which may be repeated."""\n',
    set('COMMANDS', 'The commands that only read.', reading(allCommands)),
    set('METHODS', 'The methods that only read.', reading(rpcMethods)),
  ].join('\n');
}
