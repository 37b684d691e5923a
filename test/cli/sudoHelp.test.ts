import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { schemaOf } from '../../src/base/schemas/validator.ts';
import { commandLine } from '../../src/cli/examples.ts';
import { listed } from '../../src/cli/listAll.ts';
import { program } from '../../src/cli/program.ts';
import { commandObject } from '../../src/operations/discovery/administer.ts';
import { allCommands } from '../../src/operations/index.ts';
import { startHosted } from '../support/hostedService.ts';
import { startLoopback } from '../support/loopback.ts';
import { runWarm, temporaryFolder } from '../support/running.ts';

const PATIENCE = { timeout: 180_000, interval: 200 };

/** The words into which a shell splits each of these command lines, without the first. */
async function wordsOfEach(lines: readonly string[]): Promise<string[][]> {
  // To start a shell for each takes longer than all that the lines do.
  const script = lines.map((line) => `printf '%s\\0' ${line}; printf '\\n\\0'`).join('\n');
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  const split: string[][] = [[]];
  for (const word of stdout.split('\0')) {
    if (word === '\n') split.push([]);
    else split.at(-1)?.push(word);
  }
  return split.slice(0, -1).map((words) => words.slice(1));
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('steward sudo --help', () => {
  it('names every command, by group, within 80 columns', async () => {
    const { stdout, code } = await runWarm(['sudo', '--help'], '/');
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const words = stdout.split(/\s+/);
    for (const { name } of allCommands) expect(words, name).toContain(name);
    expect(stdout).toMatch(/^ {2}job +listJobs getJob/m);
    expect(stdout).toMatch(/Exit status:\n {2}0 {2}done/);
  });

  it('after a command shows all its parameters with descriptions, and all its examples', async () => {
    const sudo = (await program()).commands.find((c) => c.name() === 'sudo');
    for (const command of allCommands) {
      const line = sudo?.commands.find((c) => c.name() === command.name);
      let help = '';
      line?.configureOutput({ writeOut: (part) => (help += part) }).outputHelp();
      for (const example of command.examples) expect(help).toContain(`\n  ${commandLine(listed(command), example)}\n`);
      const flat = help.replace(/\s+/g, ' ');
      for (const [name, { description }] of Object.entries((schemaOf(command.params).properties ?? {}) as object)) {
        const names = ['workspace', 'wsi', 'id', 'wsid', 'workspaces', 'ids'].includes(name)
          ? ['The name or the number of the workspace.', 'The names or numbers of workspaces.']
          : [];
        const said = names.find((each) => flat.includes(each)) ?? description.replace(/\s+/g, ' ');
        expect(flat).toContain(said);
      }
    }
  });
});

describe('every example', () => {
  it('sends the declared command when typed as shown', async () => {
    const sent: { readonly command?: string; readonly idempotencyKey?: string }[] = [];
    await using server = await startLoopback(async (request, response) => {
      const { id, params } = JSON.parse(await text(request));
      const { command } = params[0];
      // A command that needs a proof asks which ones its user has.
      const isAsked = command === 'listMyTickets' && sent.at(-1)?.command !== 'dropTickets';
      if (!isAsked) sent.push(params[0]);
      const proofs = ['totp', 'recoveryCode', 'token'];
      const begins = allCommands.find(({ name }) => name === command)?.beginsJob === true;
      const result = begins ? { state: 'done' } : command === 'listMyTickets' ? { proofs } : null;
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    });
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'proof');
    vi.stubEnv('STEWARD_SERVER', server.url);
    vi.stubEnv('STEWARD_TOKEN', 'token');
    vi.spyOn(console, 'log').mockImplementation(() => undefined);
    const examples = allCommands.flatMap((command) =>
      command.examples.map((example) => {
        const { proof } = (example.params ?? {}) as { readonly proof?: object };
        return { command, example, proof };
      }),
    );
    const lines = examples.map(({ command, example, proof }) => {
      const asked =
        (command.confirm === undefined ? '' : ' --yes') + (proof === undefined ? '' : ` --proof-file ${file}`);
      return commandLine(listed(command), example) + asked;
    });
    const words = await wordsOfEach(lines);
    expect(words).toHaveLength(examples.length);
    for (const [i, { proof }] of examples.entries()) {
      await writeFile(file, Object.values(proof ?? {}).join(''), { mode: 0o600 });
      await (await program(words[i])).parseAsync(words[i], { from: 'user' });
    }
    expect(sent.map(({ idempotencyKey: _, ...object }) => object)).toEqual(
      examples.map(({ command, example }) => {
        const { params = {}, ...others } = commandObject(command, example) as { params?: object };
        return { ...others, params };
      }),
    );
  });
});

describe('for somebody with a token', () => {
  it('lists the commands that they may run, and leaves no record', async () => {
    const service = await startHosted();
    try {
      const shown = async (user: string, args: readonly string[]) => {
        const env = { STEWARD_SERVER: service.url, STEWARD_TOKEN: service.tokenOf(user) };
        return (await runWarm(args, service.folder, env)).stdout;
      };
      await service.administer('admin', { command: 'addUser', user: 'reader', params: { id: 'reader' } });
      await service.administer('admin', { command: 'addAdmin', user: 'reader', params: { role: 'readOnly' } });
      for (const args of [
        ['sudo', '--help'],
        ['completion', 'bash'],
      ]) {
        expect(await shown('admin', args)).toContain('renameUser');
        // On a busy machine the service may not answer in time, and then everything is listed.
        const read = await vi.waitUntil(async () => {
          const listed = await shown('reader', args);
          return listed.includes('renameUser') ? undefined : listed;
        }, PATIENCE);
        expect(read).toContain('listAdmins');
      }
      const { result } = await service.administer('admin', { command: 'getAudit', params: { actor: 'reader' } });
      expect(JSON.stringify(result)).not.toContain('rpc.discover');
      expect(JSON.stringify(result)).toContain('signIn');
      expect(await shown('reader', ['sudo', 'renameUser', '--help'])).toContain('renameUser');
    } finally {
      await service.stop();
    }
  });
});
