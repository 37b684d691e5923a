import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Report } from '../../../src/audit/log/offline/report.ts';

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('python', import.meta.url));
const TRY = ['-c', 'import cryptography.hazmat.primitives.asymmetric.ed25519'];

/** A Python with the package of the second verifier; undefined if there is none and none can be installed in the folder. */
export async function pythonIn(folder: string): Promise<string | undefined> {
  try {
    await run('python3', TRY);
    return 'python3';
  } catch {
    // It is installed below.
  }
  const python = join(folder, 'venv', 'bin', 'python3');
  try {
    await run('python3', ['-m', 'venv', join(folder, 'venv')]);
    await run(python, ['-m', 'pip', 'install', '--quiet', 'cryptography']);
    await run(python, TRY);
    return python;
  } catch (error) {
    console.error(`The verifier in Python is not tested: Python with the package cryptography is needed. ${error}`);
    return undefined;
  }
}

/** Runs the verifier once for each list of words, in one process. */
const RUN_ALL = `
import json, sys
sys.path.insert(0, sys.argv[1])
import verify
sys.exit(max(verify.main(words) for words in json.loads(sys.argv[2])))
`;

/** The reports of the second verifier, one for each command line. Rejects if one could not be checked. */
export async function verifiedByPython(python: string, lines: readonly (readonly string[])[]): Promise<Report[]> {
  const ended = await run(python, ['-B', '-c', RUN_ALL, FOLDER, JSON.stringify(lines)]).catch((error) => {
    if (error.code !== 1) throw error;
    return error as { readonly stdout: string };
  });
  return ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
