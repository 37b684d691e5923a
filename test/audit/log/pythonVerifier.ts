import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
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

/** Verifies what each line of its input says: to start Python takes longer than most verifications. */
const VERIFY_EACH = `
import json, sys
sys.path.insert(0, sys.argv[1])
import verify
for line in sys.stdin:
    if verify.main(json.loads(line)) == 2:
        print("null")
    sys.stdout.flush()
`;

interface Verifier {
  readonly requests: Writable;
  readonly answers: AsyncIterator<string>;
  /** What it has complained of so far. */
  complaints: string;
}

/** One for each Python that is used. */
const verifiers = new Map<string, Verifier>();

function startVerifier(python: string): Verifier {
  const child = spawn(python, ['-B', '-c', VERIFY_EACH, FOLDER]);
  child.unref();
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const verifier: Verifier = { requests: child.stdin, answers, complaints: '' };
  child.stderr.on('data', (chunk) => {
    verifier.complaints += chunk;
  });
  return verifier;
}

/** The report of the second verifier for this command line. Rejects if it could not check. Call one at a time. */
export async function verifiedByPython(python: string, words: readonly string[]): Promise<Report> {
  const verifier = verifiers.get(python) ?? startVerifier(python);
  verifiers.set(python, verifier);
  verifier.requests.write(`${JSON.stringify(words)}\n`);
  const { value } = await verifier.answers.next();
  const report = JSON.parse(value ?? 'null') as Report | null;
  if (report === null) throw new Error(`the verifier could not check: ${verifier.complaints}`);
  return report;
}
