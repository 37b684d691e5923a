import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cleanEnvironment } from '../support/running.ts';
import { PSEUDO_TERMINAL } from '../support/terminal.ts';
import { ROOT } from './pages.ts';

/** What a command printed, on either stream, as a terminal shows it. */
type Run = (command: string) => Promise<string>;

/** Where the service of the pages answers, and a witness: the defaults. */
const [PRINTED, PRINTED_WITNESS] = ['127.0.0.1:7058', '127.0.0.1:7059'];

/** What stands in the folder as in a checkout. */
const CHECKOUT = ['dist', 'docs', 'src', 'schemas', 'node_modules', 'package.json', 'deploy.cfg.example'];

/** The program in its arguments on a terminal without input, of 80 columns and so many lines that nothing is paged. */
const [SIZE, WITHOUT_INPUT] = ['[{}, 80, 1000]', 'exec "$@" < /dev/null'];

/** A command of the command line, as a process of its own. */
const IN_A_PROCESS = `
  if on_terminal; then python3 -c "$PSEUDO_TERMINAL" '${SIZE}' sh -c '${WITHOUT_INPUT}' sh node dist/main.js "$@"
  else node dist/main.js "$@"
  fi
`;

/** The same in a process that is there already, for the commands that only call a service (commandLine.mjs). Login reads its input. */
const IN_ONE_PROCESS = `
  case "$1" in serve | migrate | login) ${IN_A_PROCESS} return ;; esac
  local path=
  if on_terminal; then path=terminal; fi
  { env -0; printf '\\0'; printf '%s\\0' "$@"; } |
    curl -s --unix-socket .steward-socket --data-binary @- "http://steward/$path"
  [ ! -s .steward-stderr ] || cat .steward-stderr >&2
  return "$(< .steward-status)"
`;

/**
 * How the commands of the pages are carried out here: the checkout is installed, built and tested already, `npm start` leaves the
 * service running behind the shell instead of in a terminal of its own, and `npx` runs the package that it would find.
 */
const PRELUDE = `
export STEWARD_SERVER=http://127.0.0.1:$PORT
exec 9>&1
on_terminal() { [ -n "$TERMINAL" ] && [ /dev/fd/1 -ef /dev/fd/9 ] && [ /dev/fd/2 -ef /dev/fd/9 ]; }
npx() {
  shift
  # It runs in the background, in a shell of its own, which must become the process that is ended.
  if [ "$1" = witness ]; then exec node dist/main.js "$@" --port "$WITNESS_PORT"; fi
  steward "$@"
}
npm() {
  case "$1" in
    ci | link | test) ;;
    pack | install) client_package "$@" ;;
    start) shift; [ "$1" = -- ] && shift; start_service "$@" ;;
    *) echo "npm $1 is not run here"; return 1 ;;
  esac
}
stop_service() {
  [ -z "$SERVICE" ] || { kill "$SERVICE"; wait "$SERVICE"; }
  SERVICE=
}
start_service() {
  stop_service
  rm -f service.out
  STEWARD_PORT=$PORT exec node dist/main.js serve "$@" > service.out 2> service.err < /dev/null 9>&- &
  SERVICE=$!
  until grep -q '^More tokens\\|^curl.*TOKEN' service.out 2> /dev/null; do
    kill -0 "$SERVICE" 2> /dev/null || { cat service.out service.err; SERVICE=; return 1; }
    sleep 0.2
  done
  cat service.out
}
`;

/** Makes and installs the package of the Node.js client, as readers do. */
const BUILT_CLIENT = `
client_package() { command npm "$@"; }
`;

/** Installs what the build has made of the client: to make its package, which the test of the package does, builds all again. */
const COPIED_CLIENT = `
client_package() {
  local package=recipes/node_modules/@steward/client
  case "$1" in
    pack) echo steward-client-0.1.0.tgz ;;
    install) mkdir -p $package/dist && cp src/client/package.json $package && cp dist/client/*.js $package/dist ;;
  esac
}
`;

/**
 * Environments of Python without pip, into which the client is copied: to install pip takes longer than all else that a page
 * does, and so does building the client, which the test of its package does, too.
 */
const COPIED_PYTHON_CLIENT = `
python3() {
  case "$*" in
    *.py) run_program .python-socket "$1" ;;
    '-m venv '*) command python3 -m venv --without-pip "$3" ;;
    *) command python3 "$@" ;;
  esac
}
pip() {
  case "$1" in
    wheel) ;;
    install)
      local packages=$(echo "$VIRTUAL_ENV"/lib/python3*/site-packages)
      cp -r src/client/python/steward "$packages"
      command python3 -m compileall -q "$packages/steward"
      ;;
    *) echo "pip $1 is not run here"; return 1 ;;
  esac
}
`;

/** The programs of the pages, in a thread of the process of the command line, and in copies of a Python process (pythonPrograms.py). */
const PROGRAMS = `
run_program() {
  { env -0; printf '\\0%s\\0' "$2"; } | curl -s --unix-socket "$1" --data-binary @- http://pages/program
}
node() {
  case "$1" in
    *.mjs) run_program .steward-socket "$1" ;;
    *) command node "$@" ;;
  esac
}
`;

/** A shell for the commands of the pages, in a folder that looks like a checkout. */
export interface Shell {
  readonly run: Run;
  /** The text with the address of this shell's service in place of the printed one. */
  readonly withAddress: (text: string) => string;
  /** Runs the work while the command line is on a terminal of 80 columns, unless its output goes elsewhere. */
  readonly onTerminal: <R>(work: () => Promise<R>) => Promise<R>;
  /** Stops the service, where one runs, and the shell. */
  readonly close: () => Promise<void>;
}

/**
 * @param processes whether each call of the command line and each program is a process of its own, as it is for readers, who
 *   also make and install the packages of the clients; else few processes run all of them, which takes a tenth of the time
 */
export async function openShell(folder: string, processes: boolean): Promise<Shell> {
  for (const name of CHECKOUT) await symlink(join(ROOT, name), join(folder, name));
  const port = String(await freePort());
  const witnessPort = String(await freePort());
  const ports = { PORT: port, WITNESS_PORT: witnessPort };
  const env = { ...cleanEnvironment(), HOME: folder, ...ports, PYTHONDONTWRITEBYTECODE: '1', PSEUDO_TERMINAL };
  const address = `127.0.0.1:${port}`;
  const witness = `127.0.0.1:${witnessPort}`;
  const withAddress = (text: string) => text.replaceAll(PRINTED, address).replaceAll(PRINTED_WITNESS, witness);
  const bash = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env });
  const ended = new Promise<void>((resolve) => bash.once('close', () => resolve()));
  const runText = runner(bash);
  const warm = processes ? [] : await Promise.all([openCommandLine(folder), openPython(folder)]);
  const program = `steward() { ${processes ? IN_A_PROCESS : IN_ONE_PROCESS}\n}`;
  const rest = processes ? [BUILT_CLIENT] : [COPIED_CLIENT, COPIED_PYTHON_CLIENT, PROGRAMS];
  await runText([program, PRELUDE, ...rest].join('\n'));
  return {
    run: async (command) => {
      const output = (await runText(withAddress(command))).replaceAll('\r\n', '\n').replaceAll(folder, '/srv/steward');
      return output.replaceAll(address, PRINTED).replaceAll(witness, PRINTED_WITNESS);
    },
    withAddress,
    onTerminal: async (work) => {
      await runText('export TERMINAL=yes TZ=Europe/Berlin');
      const result = await work();
      await runText('unset TERMINAL TZ');
      return result;
    },
    close: async () => {
      await runText('stop_service');
      bash.stdin.end();
      await ended;
      for (const process of warm) process.kill();
    },
  };
}

/** Starts the process that makes the calls of the command line, on a terminal, and waits until it takes them. */
export async function openCommandLine(folder: string): Promise<ChildProcess> {
  const script = join(ROOT, 'test', 'docs', 'commandLine.mjs');
  const program = ['sh', '-c', WITHOUT_INPUT, 'sh', process.execPath, script, '.steward-socket'];
  const child = spawn('python3', ['-c', PSEUDO_TERMINAL, SIZE, ...program], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** Starts the process that runs the Python programs, and waits until it takes them. */
async function openPython(folder: string): Promise<ChildProcess> {
  const script = join(ROOT, 'test', 'docs', 'pythonPrograms.py');
  const child = spawn('python3', [script, '.python-socket'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

/** Runs commands one after the other in the one shell: each ends with a line that no command prints. */
function runner(bash: ChildProcessWithoutNullStreams): Run {
  const END = '\u001eend\u001e\n';
  let output = '';
  let settle: (() => void) | undefined;
  let closed = false;
  const onData = (chunk: string) => {
    output += chunk;
    settle?.();
  };
  bash.stdout.setEncoding('utf8').on('data', onData);
  bash.once('close', () => {
    closed = true;
    settle?.();
  });
  return (command) =>
    new Promise((resolve, reject) => {
      output = '';
      settle = () => {
        if (output.endsWith(END)) resolve(output.slice(0, -END.length));
        else if (closed) reject(new Error(`the shell ended at ${command}: ${output}`));
      };
      bash.stdin.write(`{\n${command}\n} 2>&1 < /dev/null\nprintf '\\036end\\036\\n'\n`);
    });
}

/** A port outside the range from which the system gives ports to those who ask for any. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
