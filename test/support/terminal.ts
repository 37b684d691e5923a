import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Runs the program in its other arguments on a terminal of its own: `answers, columns, rows` as JSON are the first. */
export const PSEUDO_TERMINAL = `
import fcntl, json, os, pty, struct, sys, termios
answers, columns, rows = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
shown = b''
while True:
    try: data = os.read(fd, 1024)
    except OSError: break
    if not data: break
    shown += data
    os.write(1, data)
    for question in list(answers):
        if question.encode() in shown: os.write(fd, (answers.pop(question) + '\\n').encode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`;

interface Typed {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What is typed once this text is shown. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** The program; the built `steward` without it. */
  readonly program?: readonly string[];
  /** 80 without it. */
  readonly columns?: number;
  /** 1000 without it, so that nothing goes through a pager. */
  readonly rows?: number;
}

/** Runs `steward` or another program on a terminal of its own, with 80 columns, and answers its questions. */
export async function onTerminal(typed: Typed) {
  const { words, env, answers = {}, folder = '/', program = [process.execPath, MAIN] } = typed;
  const { columns = 80, rows = 1000 } = typed;
  const child = spawn(
    'python3',
    ['-c', PSEUDO_TERMINAL, JSON.stringify([answers, columns, rows]), ...program, ...words],
    {
      cwd: folder,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const shown = text(child.stdout);
  const [code] = await once(child, 'exit');
  return { code: code as number, shown: (await shown).replaceAll('\r\n', '\n') };
}
