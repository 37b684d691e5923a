import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** The rooms from the bottom to the top: a file imports from its own room and from those before it, types included. */
const ROOMS = [
  'base',
  'store',
  'audit',
  'identity',
  'notices',
  'jobs',
  'domain/dynamicConfig.ts',
  'domain/resources',
  'domain/access',
  'domain/tree',
  'domain/workspaces',
  'domain/modules',
  'domain/objects',
  'domain/imports',
  'domain/systems',
  'domain/approvals',
  'domain/ownership',
  'domain/state',
  'operations',
  'gate',
  'server',
  'client',
  'console',
  'cli',
  'main.ts',
];

/** These import nothing of the gate but its door. */
const OUTSIDE_THE_DOOR = ['server/rpc/', 'server/dialects/', 'client/', 'console/'];

interface Source {
  readonly file: string;
  readonly text: string;
  /** The files that it imports, in whatever way. */
  readonly imports: readonly string[];
}

const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

const sources: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    const imports = [...text.matchAll(IMPORT)].map(([, to = '']) => relative(SRC, join(SRC, dirname(file), to)));
    return { file, text, imports };
  });

const roomOf = (file: string): number => ROOMS.findIndex((room) => file === room || file.startsWith(`${room}/`));
const folderOf = (file: string): string => file.split('/')[0] ?? file;

/** A cycle of imports, if there is one. */
function circle(): readonly string[] | undefined {
  const importsOf = new Map(sources.map(({ file, imports }) => [file, imports]));
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): readonly string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of importsOf.get(file) ?? []) {
      const found = visit(next, [...path, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  }
  for (const { file } of sources) {
    const found = visit(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the rooms', () => {
  it('hold every file', () => {
    expect(sources.filter(({ file }) => roomOf(file) < 0).map(({ file }) => file)).toEqual([]);
  });

  it('import only downwards', () => {
    const upward = sources.flatMap(({ file, imports }) =>
      imports.filter((to) => roomOf(to) > roomOf(file)).map((to) => `${file} imports ${to}`),
    );
    expect(upward).toEqual([]);
  });

  it('have no circle of files', () => {
    expect(circle()).toBeUndefined();
  });

  it('import nothing by a computed path', () => {
    expect(sources.filter(({ text }) => /\bimport\(\s*[^'\s]/.test(text)).map(({ file }) => file)).toEqual([]);
  });

  it('let only the server that assembles the gate import more of it than its door', () => {
    const knowing = sources.flatMap(({ file, imports }) =>
      OUTSIDE_THE_DOOR.some((outside) => file.startsWith(outside))
        ? imports.filter((to) => to.startsWith('gate/') && to !== 'gate/door.ts').map((to) => `${file} imports ${to}`)
        : [],
    );
    expect(knowing).toEqual([]);
  });

  it('let only the store talk to the MongoDB driver', () => {
    const users = sources.filter(({ text }) => /from 'mongodb/.test(text)).map(({ file }) => folderOf(file));
    expect(new Set(users)).toEqual(new Set(['store']));
  });

  it('let only the gate make an authority, which others can check', () => {
    const mint = 'identity/mintAuthority.ts';
    const importers = sources.filter(({ imports }) => imports.includes(mint)).map(({ file }) => file);
    const outside = importers.filter((file) => folderOf(file) !== 'gate');
    expect(outside).toEqual(['identity/genuineAuthority.ts']);
    const genuine = sources.find(({ file }) => file === 'identity/genuineAuthority.ts')?.text;
    expect(genuine?.match(/import .* from '\.\/mintAuthority\.ts'/g)).toEqual([
      "import { isMinted } from './mintAuthority.ts'",
    ]);
    // Re-exports are forbidden too.
    for (const { file, text } of sources.filter((source) => source.file !== mint)) {
      expect(text, file).not.toMatch(/export [^;]*from '[^']*\/mintAuthority\.ts'|import\('[^']*\/mintAuthority\.ts'/);
    }
    const naming = sources.filter(({ text }) => /\bmint(User|Admin|Anonymous|Service)\b/.test(text));
    expect(naming.map(({ file }) => file).filter((file) => folderOf(file) !== 'gate')).toEqual([mint]);
  });

  it("let only the gate call an operation's run", () => {
    const callers = sources
      .filter(({ text }) => /\b(command|method)\.run\(/.test(text))
      .map(({ file }) => folderOf(file));
    expect(new Set(callers)).toEqual(new Set(['gate']));
  });
});
