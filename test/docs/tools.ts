import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program whose configuration the pages show. Neither npm nor PyPI has these programs: they are used where installed. */
interface Tool {
  /** The title of the block. */
  readonly title: string;
  readonly tool: string;
  /** Where the tool needs files that only a real host has, the text with others in their place. */
  readonly prepare: (text: string, folder: string) => Promise<string>;
  readonly args: (file: string, folder: string) => readonly string[];
}

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
  {
    title: 'steward.service',
    tool: 'systemd-analyze',
    prepare: async (text) => text.replace('/usr/bin/node', process.execPath),
    args: (file) => ['verify', file],
  },
];

/**
 * Has the block of this title checked by the program that reads it.
 *
 * @returns what the program says against it; undefined where it says nothing, or there is no such program
 */
export async function checkByTool(title: string, text: string, folder: string): Promise<string | undefined> {
  const found = TOOLS.find((each) => each.title === title);
  if (found === undefined) return undefined;
  const { tool, prepare, args } = found;
  const there = await run('which', [tool]).then(
    () => true,
    () => false,
  );
  if (!there) {
    console.warn(`SKIPPED: ${title} of the documentation is not checked, since there is no ${tool} on this machine`);
    return undefined;
  }
  const file = join(folder, title);
  await writeFile(file, await prepare(text, folder));
  return run(tool, args(file, folder)).then(
    () => undefined,
    (error) => `${error.stdout}${error.stderr}`,
  );
}
