import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** Taken for new data where nothing else is asked for: the newest long-lived series. MONGOMS_VERSION overrides it. */
const DOWNLOAD_VERSION = '8.0.12';

/** A download that says nothing for so long is given up; mongodb-memory-server reports its progress all the time. */
const SILENCE_MS = 30_000;

/**
 * Lets mongodb-memory-server download a mongod for this platform. In a process of its own: its settings are environment
 * variables, it writes its progress to standard output, and only a process can be given up.
 *
 * @param version an exact version; without one, MONGOMS_VERSION or our own choice.
 * @throws Error with one line that says why not.
 */
export function download(version = process.env.MONGOMS_VERSION || DOWNLOAD_VERSION): Promise<string> {
  const script = `require(process.argv[1]).MongoBinary.getPath({ version: process.argv[2] }).then(
    (path) => process.stdout.write('\\n' + path),
    (error) => { process.stderr.write(error.message); process.exitCode = 1; });`;
  const memoryServer = createRequire(import.meta.url).resolve('mongodb-memory-server');
  const child = spawn(process.execPath, ['-e', script, memoryServer, version], {
    env: { ...process.env, MONGOMS_SYSTEM_BINARY: '', NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let [out, err, silent] = ['', '', false];
    const giveUp = setTimeout(() => {
      silent = true;
      child.kill('SIGKILL');
    }, SILENCE_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      out = (out + chunk.toString()).slice(-10_000);
      giveUp.refresh();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err = (err + chunk.toString()).slice(-10_000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(giveUp);
      const path = out.slice(out.lastIndexOf('\n') + 1);
      if (code === 0 && path !== '') resolve(path);
      else reject(new Error(silent ? `nothing came for ${SILENCE_MS / 1000} s` : oneLine(err)));
    });
  });
}

const oneLine = (text: string) => text.trim().replaceAll(/\s*\n\s*/g, ' ') || 'no reason given';
