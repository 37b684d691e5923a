import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A call as a generated client is told of it. */
export interface GeneratedCall {
  readonly url: string;
  /** The id of the operation. */
  readonly id: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface GeneratedAnswer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
  /** Whether the answer came as a value of a generated type. */
  readonly isTyped: boolean;
}

/** An operation, as far as a script that calls it must know it. */
export interface ToGenerate {
  readonly id: string;
  readonly verb: string;
  readonly path: string;
  readonly has: { readonly path: boolean; readonly query: boolean; readonly body: boolean; readonly answer: boolean };
  readonly isForm: boolean;
}

/** A client that was generated from a description, in a process of its own. */
export class GeneratedClient implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(folder: string, process: ChildProcessWithoutNullStreams) {
    this.#folder = folder;
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (chunk) => {
      this.#errors += chunk;
    });
  }

  async call(call: GeneratedCall): Promise<GeneratedAnswer> {
    this.#process.stdin.write(`${JSON.stringify(call)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the generated client ended at ${call.id}: ${this.#errors}`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function folderWith(api: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-generated-'));
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(api));
  return folder;
}

/** By openapi-python-client, from PyPI. */
export async function pythonClient(api: unknown): Promise<GeneratedClient> {
  const cwd = await folderWith(api);
  await run('python3', ['-m', 'venv', 'venv'], { cwd });
  await run('venv/bin/pip', ['install', '-q', 'openapi-python-client==0.29.1'], { cwd });
  const generate = ['generate', '--path', 'openapi.json', '--output-path', 'pyclient', '--meta', 'none'];
  await run('venv/bin/openapi-python-client', generate, { cwd });
  await copyFile(here('driver.py'), join(cwd, 'driver.py'));
  return new GeneratedClient(cwd, spawn(join(cwd, 'venv', 'bin', 'python'), ['driver.py'], { cwd }));
}

/** By openapi-typescript, from npm; it compiles only if every answer and refusal has a type. */
export async function typescriptClient(api: unknown, operations: readonly ToGenerate[]): Promise<GeneratedClient> {
  const cwd = await folderWith(api);
  await writeFile(join(cwd, 'package.json'), '{"type":"module","private":true}');
  const packages = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@20.19.43'];
  await run('npm', ['install', '--no-audit', '--no-fund', '-E', ...packages], { cwd });
  await run('npx', ['openapi-typescript', 'openapi.json', '-o', 'types.d.ts'], { cwd });
  const template = await readFile(here('driver.ts.template'), 'utf8');
  await writeFile(join(cwd, 'driver.ts'), template.replace('/*CALLS*/', operations.map(callOf).join('\n')));
  const options = ['--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
  await run('npx', ['tsc', ...options, '--skipLibCheck', '--types', 'node', 'driver.ts'], { cwd }).catch((error) => {
    throw new Error(String(error.stdout));
  });
  return new GeneratedClient(cwd, spawn('node', ['driver.js'], { cwd }));
}

function callOf({ id, verb, path, has, isForm }: ToGenerate): string {
  const params = [has.path ? 'path: call.path' : '', has.query ? 'query: call.query' : ''].filter(
    (part) => part !== '',
  );
  const init = [
    ...(params.length === 0 ? [] : [`params: { ${params.join(', ')} }`]),
    ...(has.body ? ['body: call.body'] : []),
    ...(isForm ? ['bodySerializer: form', "headers: { 'Content-Type': 'application/x-www-form-urlencoded' }"] : []),
  ];
  return `  '${id}': async (client, call) => {
    const came = await client.${verb}('${path}'${init.length === 0 ? '' : `, { ${init.join(', ')} }`});
    ${has.answer ? 'const data: Known<typeof came.data> | undefined = came.data;\n    void data;' : ''}
    const error: Known<typeof came.error> | undefined = came.error;
    void error;
    return came;
  },`;
}
