import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../failure.ts';
import { readmeWith } from './readme.ts';
import { REFERENCE, reference } from './reference.ts';

/**
 * Writes what the declarations say into the checkout in the working directory; with `check` it only compares.
 *
 * @throws UsageError where there is no checkout, or what stands there differs
 */
export function docs({ check }: { check?: boolean }): void {
  const stale = Object.entries(documents(process.cwd())).filter(([, { is, shouldBe }]) => is !== shouldBe);
  if (check && stale.length > 0) {
    throw new UsageError(`not what the declarations say: ${stale.map(([file]) => file).join(', ')}; run npm run docs`);
  }
  for (const [file, { shouldBe }] of stale) {
    writeFileSync(join(process.cwd(), file), shouldBe);
    console.log(file);
  }
}

/** Each file that is made of the declarations, in whole or in part. */
export function documents(root: string): Record<string, { readonly is: string; readonly shouldBe: string }> {
  const readme = textOf(join(root, 'README.md'));
  if (readme === '') throw new UsageError(`there is no README.md in ${root}: run it in a checkout of Steward`);
  return {
    'README.md': { is: readme, shouldBe: readmeWith(readme) },
    [REFERENCE]: { is: textOf(join(root, REFERENCE)), shouldBe: reference() },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
