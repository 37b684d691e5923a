import { readFile } from 'node:fs/promises';
import { OperatorError } from '../base/errors.ts';

/** For connections of callers and to MongoDB, temporary files, and those of the embedded mongod. */
const NEEDED = 1_024;

/** @throws OperatorError if this process and those that it starts may open too few files at the same time */
export async function assertOpenFiles(): Promise<void> {
  // Node has raised the limit as far as it may. Other systems than Linux have no such file.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const allowed = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? NEEDED);
  if (allowed >= NEEDED) return;
  throw new OperatorError(
    `At most ${allowed} files may be open at the same time, and the service needs ${NEEDED}: raise the limit, with ` +
      'LimitNOFILE in the systemd unit or with ulimit -n in a shell.',
  );
}
