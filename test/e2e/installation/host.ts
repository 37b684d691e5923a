import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { freePort } from '../../../src/store/embedded/port.ts';
import { allPages, blocksOf, ROOT } from '../../docs/pages.ts';
import { cleanEnvironment, temporaryFolder } from '../../support/running.ts';

const run = promisify(execFile);

/** The ports that the pages name, each of which is another free one here. */
const PORTS = ['27017', '27018', '27019', '7058', '7059', '80', '443'] as const;
type Ports = Readonly<Record<(typeof PORTS)[number], string>>;

/** A host for a complete installation: a folder with the places that the pages name. */
export interface Host extends AsyncDisposable {
  /** Where nginx answers. */
  readonly url: string;
  /** The ports of MongoDB and of the instances, by the number in the pages. */
  readonly ports: Ports;
  /** The place of a file that the pages name. */
  readonly path: (file: string) => string;
  /** Runs commands as they stand in the pages, with what else the pages name in its place here. @throws with what they printed */
  readonly run: (commands: string) => Promise<string>;
}

/** The commands of a page. */
export function commandsOf(file: string): string {
  return allPages()
    .filter((page) => page.file === file)
    .flatMap(blocksOf)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text)
    .join('\n');
}

export async function openHost(): Promise<Host> {
  const folder = await temporaryFolder();
  const root = folder.path;
  const ports = Object.fromEntries(
    await Promise.all(PORTS.map(async (port) => [port, String(await freePort())])),
  ) as unknown as Ports;
  const url = `https://localhost:${ports[443]}`;
  const adapted = (text: string) =>
    text
      .replaceAll(/(?<![\w.…])\/(etc|opt|root|var)\//g, `${root}/$1/`)
      .replaceAll('/usr/bin/node', process.execPath)
      .replaceAll('https://steward.example.org', url)
      .replaceAll('steward.example.org', 'localhost')
      .replaceAll(/\b(27017|27018|27019|7058|7059)\b/g, (port) => ports[port as keyof Ports])
      .replaceAll(/listen (80|443)\b/g, (_, port: keyof Ports) => `listen 127.0.0.1:${ports[port]}`)
      .replace('user www-data;', `user ${process.env.USER ?? 'root'};`)
      .replace('http {', () => `http {\n${temporaryPaths(root)}`);

  for (const place of ['etc/systemd/system', 'etc/ssl', 'etc/nginx', 'opt', 'root', 'run', 'var/lib/steward', 'pages'])
    await mkdir(join(root, place), { recursive: true });
  for (const { file, text } of allPages().filter((page) => page.file.startsWith('docs/operating/')))
    await writeFile(join(root, 'pages', file.slice('docs/operating/'.length)), adapted(text));
  const prelude = await readFile(new URL('prelude.sh', import.meta.url), 'utf8');
  const env = { ...cleanEnvironment(), ROOT: root, CHECKOUT: ROOT, MONGOD: inject('mongodBinary') };
  return {
    url,
    ports,
    path: (file) => join(root, file),
    run: async (commands) => {
      const { stdout } = await run('bash', ['-c', prelude + adapted(commands)], { env, cwd: root, maxBuffer: 1e8 });
      return stdout;
    },
    [Symbol.asyncDispose]: async () => {
      for (const [file, pid] of await processesIn(root)) end(pid, file.includes('nginx') ? 'SIGTERM' : 'SIGKILL');
      await folder[Symbol.asyncDispose]();
    },
  };
}

function temporaryPaths(root: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `access_log off;\n${kinds.map((kind) => `${kind}_temp_path ${root}/run/${kind};\n`).join('')}`;
}

/** What was started in the folder: the instances and nginx, and each mongod. */
async function processesIn(root: string): Promise<(readonly [string, number])[]> {
  const files = (await readdir(root, { recursive: true })).filter((file) => /\.pid$|mongod\.lock$/.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')));
  return files.map((file, i) => [file, Number(texts[i])] as const).filter(([, pid]) => pid > 0);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
