import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Whom the files of a room may import from, beside their own room. A file directly under src is a room of its own. */
const MAY_CALL: Readonly<Record<string, readonly string[]>> = {
  'main.ts': ['cli', 'version.ts'],
  cli: [
    'service.ts',
    'client',
    'commands',
    'config',
    'identity',
    'schemas',
    'store',
    'log.ts',
    'text.ts',
    'methods',
    'discovery',
    'errors.ts',
    'version.ts',
  ],
  client: ['gate/door.ts', 'schemas', 'errors.ts'],
  'service.ts': ['config', 'store', 'log.ts'],
  'composition.ts': [
    'service.ts',
    'assemble.ts',
    'gate/entrance.ts',
    'commands',
    'config',
    'identity',
    'notices',
    'rpc',
    'spool',
    'store',
    'log.ts',
    'tokens.ts',
    'version.ts',
    'rest',
    'modules/compile.ts',
  ],
  'tokens.ts': ['config', 'identity', 'log.ts'],
  'assemble.ts': [
    'audit',
    'commands',
    'config',
    'gate',
    'identity',
    'jobs',
    'notices',
    'resources',
    'spool',
    'store',
    'modules',
    'objects',
    'workspaces',
    'background.ts',
    'errors.ts',
  ],
  rpc: ['gate/door.ts', 'schemas', 'errors.ts', 'log.ts', 'text.ts', 'json', 'addresses.ts', 'spool'],
  spool: ['json', 'errors.ts'],
  gate: [
    'commands',
    'methods',
    'audit',
    'access/authority.ts',
    'access/genuine.ts',
    'access/mint.ts',
    'identity',
    'schemas',
    'store',
    'errors.ts',
    'text.ts',
    'nearest.ts',
    'discovery',
    'urls.ts',
    'jobs/job.ts',
    'modules/delegatedTypes.ts',
  ],
  commands: [
    'audit',
    'config/dynamic.ts',
    'identity',
    'access',
    'workspaces',
    'schemas',
    'store',
    'errors.ts',
    'subjects.ts',
    'modules',
    'objects',
    'json',
    'resources',
    'jobs',
    'ownership',
    'catalog',
    'iiif',
    'spool',
  ],
  methods: [
    'identity',
    'access',
    'notices',
    'workspaces',
    'schemas',
    'store',
    'errors.ts',
    'subjects.ts',
    'modules',
    'objects',
    'json',
    'resources',
    'catalog',
    'gnode',
    'iiif',
    'spool',
  ],
  notices: ['audit', 'identity', 'schemas', 'store', 'text.ts'],
  workspaces: ['access', 'resources', 'identity', 'schemas', 'store', 'errors.ts', 'text.ts'],
  jobs: ['access/authority.ts', 'identity', 'audit', 'schemas', 'store', 'errors.ts'],
  access: [
    'resources',
    'identity',
    'schemas',
    'store',
    'errors.ts',
    'resources/branch.ts',
    'resources/reference.ts',
    'resources/resource.ts',
    'resources/types.ts',
    'resources/view.ts',
  ],
  resources: ['store', 'access', 'identity', 'schemas', 'errors.ts', 'text.ts'],
  identity: ['audit', 'store', 'errors.ts', 'text.ts', 'addresses.ts'],
  audit: ['store', 'schemas', 'errors.ts'],
  config: ['schemas', 'store', 'errors.ts', 'urls.ts', 'text.ts', 'nearest.ts', 'addresses.ts'],
  store: ['errors.ts'],
  schemas: ['nearest.ts', 'text.ts'],
  'nearest.ts': [],
  'log.ts': ['errors.ts', 'text.ts'],
  'text.ts': [],
  'errors.ts': [],
  'version.ts': [],
  discovery: ['commands', 'methods', 'schemas', 'errors.ts'],
  'subjects.ts': [],
  modules: [
    'access/authority.ts',
    'access/genuine.ts',
    'identity',
    'json/reader.ts',
    'schemas',
    'store',
    'errors.ts',
    'text.ts',
  ],
  'urls.ts': [],
  'addresses.ts': [],
  objects: [
    'workspaces',
    'modules',
    'json',
    'access',
    'resources',
    'identity',
    'config/dynamic.ts',
    'schemas',
    'spool',
    'store',
    'errors.ts',
    'text.ts',
  ],
  json: ['text.ts'],
  'background.ts': [
    'audit',
    'commands/command.ts',
    'gate',
    'identity',
    'jobs',
    'notices',
    'objects',
    'ownership',
    'store',
  ],
  ownership: [
    'jobs',
    'modules',
    'notices',
    'workspaces',
    'access',
    'resources',
    'identity',
    'audit',
    'schemas',
    'store',
    'errors.ts',
  ],
  rest: [
    'gate/door.ts',
    'rpc/callLimits.ts',
    'rpc/calls.ts',
    'rpc/json.ts',
    'rpc/metrics.ts',
    'rpc/routes.ts',
    'resources/types.ts',
    'resources/iiifPath.ts',
    'schemas',
    'errors.ts',
    'json',
    'log.ts',
    'text.ts',
  ],
  catalog: ['access', 'resources', 'identity', 'schemas', 'store', 'errors.ts', 'text.ts'],
  gnode: ['access', 'resources', 'identity', 'schemas', 'store', 'errors.ts', 'text.ts'],
  iiif: ['access', 'resources', 'identity', 'json', 'schemas', 'store', 'errors.ts', 'text.ts'],
};

interface Arrow {
  readonly from: string;
  readonly to: string;
}

function sources(): { file: string; text: string }[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));
}

const roomOf = (file: string) => file.split('/')[0] ?? file;

function arrows(): Arrow[] {
  return sources().flatMap(({ file, text }) =>
    [...text.matchAll(/from '(\.[^']+)'/g)].map((match) => ({
      from: file,
      to: relative(SRC, join(SRC, file, '..', match[1] ?? '')),
    })),
  );
}

describe('the rooms of the house', () => {
  it('call only downwards', () => {
    const wrong = arrows().filter(({ from, to }) => {
      const allowed = MAY_CALL[roomOf(from)];
      if (allowed === undefined) return true;
      return roomOf(from) !== roomOf(to) && !allowed.some((room) => to === room || roomOf(to) === room);
    });
    expect(wrong).toEqual([]);
  });

  it('let only the store talk to the MongoDB driver', () => {
    const users = sources()
      .filter(({ text }) => /from 'mongodb/.test(text))
      .map(({ file }) => roomOf(file));
    expect(new Set(users)).toEqual(new Set(['store']));
  });

  it('let only the gate make an authority, and others ask whether it did', () => {
    const importers = arrows()
      .filter(({ to }) => to === 'access/mint.ts')
      .map(({ from }) => from);
    const outside = importers.filter((file) => roomOf(file) !== 'gate');
    expect(outside).toEqual(['access/genuine.ts']);
    const genuine = sources().find(({ file }) => file === 'access/genuine.ts')?.text;
    expect(genuine?.match(/import .* from '\.\/mint\.ts'/g)).toEqual(["import { isMinted } from './mint.ts'"]);
    // Neither does anybody hand on what they import, nor import it in another way than arrows() reads.
    for (const { file, text } of sources()) {
      if (file === 'access/mint.ts') continue;
      expect(text, file).not.toMatch(/export [^;]*from '[^']*\/mint\.ts'|import\('[^']*\/mint\.ts'/);
    }
    const naming = sources().filter(({ text }) => /\bmint(User|Admin|Anonymous|Service)\b/.test(text));
    expect(naming.map(({ file }) => roomOf(file)).filter((room) => room !== 'gate')).toEqual(['access']);
  });

  it("let only the gate call a command's run", () => {
    const callers = sources()
      .filter(({ text }) => /\b(command|method)\.run\(/.test(text))
      .map(({ file }) => roomOf(file));
    expect(new Set(callers)).toEqual(new Set(['gate']));
  });
});
