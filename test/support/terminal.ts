import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const SCRIPT = `
import json, os, pty, sys
answers = json.loads(sys.argv[1])
shown = b''
def read(fd):
    global shown
    data = os.read(fd, 1024)
    shown += data
    for question in list(answers):
        if question.encode() in shown: os.write(fd, (answers.pop(question) + '\\n').encode())
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read)))`;

interface Typed {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What is typed once this text is shown. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Runs `steward` on a terminal of its own, and answers its questions. */
export async function onTerminal({ words, env, answers = {}, folder = '/' }: Typed) {
  const child = spawn('python3', ['-c', SCRIPT, JSON.stringify(answers), process.execPath, MAIN, ...words], {
    cwd: folder,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const shown = text(child.stdout);
  const [code] = await once(child, 'exit');
  return { code: code as number, shown: (await shown).replaceAll('\r\n', '\n') };
}
