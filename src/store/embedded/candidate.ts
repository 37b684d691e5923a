import { access, constants, stat } from 'node:fs/promises';
import { run } from './run.ts';
import { parseVersion } from './version.ts';

/** A mongod that starts. */
export interface Mongod {
  readonly path: string;
  /** Such as `6.0.5`. */
  readonly version: string;
}

/** A mongod that started before. */
export interface KnownMongod extends Mongod {
  /** Its {@link fileIdentity} at that time. */
  readonly file: string;
}

/** A long time for printing a version, since the file may be read from a cold disk. */
const PATIENCE_MS = 10_000;

/**
 * Runs the binary with `--version`, since it may lack a library or be for another processor.
 *
 * @param known a mongod that is accepted without running it if the file is the same
 */
export async function tryMongod(
  path: string,
  known: KnownMongod | undefined,
): Promise<Mongod | { readonly failure: string }> {
  if (known?.path === path && known.file === (await fileIdentity(path))) return { path, version: known.version };
  const outcome = await run(path, ['--version'], { signal: AbortSignal.timeout(PATIENCE_MS) });
  if ('failure' in outcome) return { failure: `does not start: ${outcome.failure}` };
  const version = parseVersion(outcome.output);
  return version === undefined ? { failure: 'names no version: is it a mongod?' } : { path, version };
}

/** Identifies a file, so that a replacement is noticed: device, inode, size and time of the last change. */
export async function fileIdentity(path: string): Promise<string> {
  return stat(path).then(
    ({ dev, ino, size, ctimeMs }) => `${dev}-${ino}-${size}-${ctimeMs}`,
    () => 'gone',
  );
}

/** True for a file that this user may run. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK)
    .then(() => stat(path))
    .then(
      (entry) => entry.isFile(),
      () => false,
    );
}
