import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>;
}

it('no package that the service runs with has a known vulnerability', async ({ skip }) => {
  // npm exits with 1 both where it finds something and where the registry has no advisories to give.
  const output = await new Promise<string>((resolve) => {
    const args = ['audit', '--omit=dev', '--json'];
    execFile('npm', args, { cwd: ROOT, timeout: 60_000 }, (_, stdout) => resolve(stdout));
  });
  const { vulnerabilities } = parsed(output);
  if (vulnerabilities === undefined) return skip('the package registry gives no advisories here');
  expect(Object.entries(vulnerabilities).map(([name, { severity }]) => `${name}: ${severity}`)).toEqual([]);
});

function parsed(output: string): Audit {
  try {
    return JSON.parse(output) as Audit;
  } catch {
    return {};
  }
}
