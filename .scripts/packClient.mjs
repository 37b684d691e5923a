// Makes src/client/dist, what the package of the TypeScript client has beside its package.json: the built client, and the
// types of the schemas alone. `npm pack` in src/client runs it, and with --remove afterwards.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = join(ROOT, 'src', 'client', 'dist');
const SCHEMAS = /'\.\.\/base\/schemas\/generated\.[jt]s'/g;

if (process.argv.includes('--remove')) remove();
else await make();

function remove() {
  rmSync(TARGET, { recursive: true, force: true });
}

/** Makes the folder, which is there while a package is made: waits for another `npm pack`, but not for one that was killed. */
async function takeTarget() {
  for (;;) {
    try {
      return mkdirSync(TARGET);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const since = statSync(TARGET, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > 60_000) remove();
    else await sleep(50);
  }
}

async function make() {
  const { status } = spawnSync(process.execPath, [join(ROOT, '.scripts', 'build.mjs')], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  await takeTarget();
  const built = join(ROOT, 'dist', 'client');
  for (const file of readdirSync(built).filter((name) => /\.(js|d\.ts)$/.test(name))) {
    const source = readFileSync(join(built, file), 'utf8');
    const own = source.replaceAll(SCHEMAS, "'./schemas.js'").replaceAll(/'(\.\/\w+)\.ts'/g, "'$1.js'");
    if (/\b(?:from|import\()\s*'(?!\.\/)/.test(own)) throw new Error(`${file} imports what is not in the package`);
    writeFileSync(join(TARGET, file), own.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'));
  }
  const generated = readFileSync(join(ROOT, 'src', 'base', 'schemas', 'generated.ts'), 'utf8');
  const types = generated.slice(0, generated.search(/^export const /m)).replace(/^import .*\n/m, '');
  writeFileSync(join(TARGET, 'schemas.d.ts'), types);
}
