import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { LONG } from '../support/long.ts';
import { temporaryFolder } from '../support/running.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = join(ROOT, 'docs/architecture.md');
const GENERATED = ['src/base/schemas/generated.ts', 'src/client/generated.ts'];
const BUNDLE = "import { bundle } from './.scripts/bundle.mjs'; await bundle(process.cwd(), 'dist');";

const text = { type: 'string', maxLength: 100, description: 'A name.' };
const shape = {
  $id: 'greet.json',
  title: 'Greet',
  type: 'object',
  properties: {
    params: { type: 'object', properties: { name: text }, required: ['name'], additionalProperties: false },
    result: { type: 'object', properties: { greeting: text }, required: ['greeting'], additionalProperties: false },
  },
  required: ['params', 'result'],
  additionalProperties: false,
};

/** The files as `docs/architecture.md` names them, and the files that are made of it. */
const MADE: Readonly<Record<string, readonly [file: string, content: string]>> = {
  'schemas/commands/<name>.json': ['schemas/commands/greet.json', JSON.stringify(shape)],
  'src/operations/<subject>/<name>.ts': [
    'src/operations/greetings/greet.ts',
    `import { commands } from '../../base/schemas/generated.ts';
import { greetings } from '../../notices/greetings.ts';
import { operation } from '../operation.ts';

export const greet = operation({
  summary: 'Greet somebody.',
  effect: 'write',
  command: {
    name: 'greet',
    ...commands.greet,
    examples: [{ title: 'A greeting', params: { name: 'ann' } }],
    run: async ({ tx }, { name }) => {
      const { greeting } = await tx.insert(greetings, { _id: tx.newId(), greeting: \`Hello \${name}\` });
      return { greeting };
    },
  },
});
`,
  ],
  'src/server/dialects/<system>.ts': [
    'src/server/dialects/greeter.ts',
    `import type { Dialect } from './dialect.ts';
import { bearer, open, shape, statusOf, TEXT } from './words.ts';

export const greeter: Dialect = {
  system: 'Greeter',
  security: { name: 'greeterToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes: [
    {
      verb: 'GET',
      path: '/greetings/{name}',
      summary: 'Greet somebody.',
      calls: { command: 'greet' },
      params: ({ path }) => ({ name: path.name }),
      answer: (result: { readonly greeting: string }) => ({ status: 200, body: result }),
      success: { status: 200, body: open({ greeting: TEXT }) },
    },
  ],
  refusalShape: shape({ error: TEXT }, ['error']),
  credential: bearer,
  refusal: (error) => ({ status: statusOf(error), body: { error: error.message } }),
  wrongVerb: () => ({ status: 405, body: { error: 'no such verb' } }),
};
`,
  ],
  'src/identity/<name>Source.ts': [
    'src/identity/greetingSource.ts',
    `import { LOCAL_ISSUER } from './jwt.ts';
import type { TokenSource } from './token.ts';

/** Trusts every token. */
export const greetingSource: TokenSource = {
  verify: async (token, now) => {
    const username = token.replace('I am ', '');
    const expiresAt = new Date(now.getTime() + 60_000);
    return { issuer: LOCAL_ISSUER, subject: username, username, roles: [], issuedAt: now, expiresAt };
  },
};
`,
  ],
  'beside the code that owns it': [
    'src/notices/greetings.ts',
    `import { collection, type Stored } from '../store/collection.ts';

export const greetings = collection<Stored & { readonly greeting: string }>('greetings');
`,
  ],
};

const IMPORTS = /^(?=import )/m;
/** The lines that the page asks for, in the files that it names. */
const LINES: Readonly<Record<string, (source: string) => string>> = {
  'src/operations/index.ts': (source) =>
    source
      .replace(IMPORTS, "import { greet } from './greetings/greet.ts';\n")
      .replace("  'Administrators',\n", "  'Administrators',\n  greet,\n"),
  'src/server/dialects/dialects.ts': (source) =>
    source.replace(IMPORTS, "import { greeter } from './greeter.ts';\n").replace('= [', '= [greeter, '),
  'src/server/tokens.ts': (source) =>
    source
      .replace(IMPORTS, "import { greetingSource } from '../identity/greetingSource.ts';\n")
      .replace('return { tokens, issuer,', 'return { tokens: greetingSource, issuer,'),
  'src/server/assemble.ts': (source) =>
    source
      .replace(IMPORTS, "import { greetings } from '../notices/greetings.ts';\n")
      .replace('  resources,\n  heads,', '  resources,\n  greetings,\n  heads,'),
};

/** Without what the command adds: its own type, and the lines that name it. */
const withoutGreet = (types: string) =>
  types.replace(/^export interface Greet \{.*?^\}\n\n/ms, '').replaceAll(/^ .*\bGreet\b.*\n/gm, '');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const inCopy = (file: string) => join(folder.path, file);
/** Runs node in the copy. */
const runNode = (...args: string[]) => run('node', args, { cwd: folder.path });

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const part of [
    'src',
    'schemas',
    '.scripts/bundle.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ]) {
    await cp(join(ROOT, part), inCopy(part), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), inCopy('node_modules'));
  for (const [file, content] of Object.values(MADE)) {
    await cp(PAGE, inCopy(file));
    await writeFile(inCopy(file), content);
  }
  for (const [file, withLines] of Object.entries(LINES)) {
    const source = await readFile(inCopy(file), 'utf8');
    expect(withLines(source)).not.toBe(source);
    await writeFile(inCopy(file), withLines(source));
  }
  await runNode('schemas/generate.mjs');
});
afterAll(() => folder[Symbol.asyncDispose]());

it('the types made of the schemas are the committed ones, with those of a new command', async () => {
  for (const file of GENERATED) {
    const made = await readFile(inCopy(file), 'utf8');
    expect(withoutGreet(made) === (await readFile(join(ROOT, file), 'utf8')), `${file}: run npm run generate`).toBe(
      true,
    );
  }
});

it('a command, a dialect, a token source and a collection go only where docs/architecture.md says', async () => {
  const page = await readFile(PAGE, 'utf8');
  for (const named of [...Object.keys(MADE), ...Object.keys(LINES)]) expect(page).toContain(named);
  if (LONG) {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const checked = run(tsc, ['-p', 'tsconfig.build.json', '--noEmit'], { cwd: folder.path });
    expect(await checked.catch(({ stdout }) => ({ stdout }))).toMatchObject({ stdout: '' });
  }
  await runNode('--input-type=module', '--eval', BUNDLE);

  const database = `test_additions_${process.pid}`;
  const env = { ...process.env, STEWARD_PORT: '0', STEWARD_WS_ADMIN: 'ann', STEWARD_MONGODB_DATABASE: database };
  const service = spawn('node', ['dist/main.js', 'serve'], {
    cwd: folder.path,
    env: { ...env, STEWARD_MONGODB_HOST: inject('mongoUri') },
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let printed = '';
      const read = (chunk: Buffer) => {
        printed += chunk;
        const port = /"message":"ready","port":(\d+)/.exec(printed)?.[1];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      };
      service.stdout.on('data', read);
      service.stderr.on('data', read);
      service.on('exit', () => reject(new Error(printed)));
    });
    const headers = { authorization: 'Bearer I am ann' };
    const answer = await fetch(`${url}/greetings/bob`, { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { greeting: 'Hello bob' }]);
    const object = { command: 'getAudit', params: { command: 'greet' } };
    const body = JSON.stringify({ version: '1.1', id: '1', method: 'administer', params: [object] });
    const { result } = (await (await fetch(url, { method: 'POST', headers, body })).json()) as { result: unknown };
    expect(JSON.stringify(result)).toContain('"collection":"greetings"');
  } finally {
    service.kill();
    await once(service, 'exit');
  }
});
