import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** The version for new data: the newest long-term series. MONGOMS_VERSION overrides it. */
const DOWNLOAD_VERSION = '8.0.12';

/** A download without output for this long is given up; mongodb-memory-server reports its progress continuously. */
const SILENCE_MS = 30_000;

/**
 * Downloads a mongod for this platform with mongodb-memory-server. It runs in a process of its own, because its settings are
 * environment variables, it writes its progress to standard output, and only a process can be ended.
 *
 * @param version an exact version; by default MONGOMS_VERSION or {@link DOWNLOAD_VERSION}
 * @throws Error with a one-line reason
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
