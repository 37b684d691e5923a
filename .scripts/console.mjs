// Builds the operator's console, src/console/, into console/ of a folder; nothing where it was made of the same sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaced by another value in each response; src/server/rpc/consoleFiles.ts looks for it. */
const NONCE_PLACEHOLDER = '__STYLE_NONCE__';
const STAMP = 'sources';

/** What a build of the console depends on, beside the folders. */
const FOLDERS = ['src/console', 'src/client', 'src/base/schemas'];
const OTHER_INPUTS = ['.scripts/console.mjs', 'node_modules/.package-lock.json'];

/** The form library's index also exports a helper for its tests, which would load a validator that needs eval. */
const withoutTestValidator = {
  name: 'without-test-validator',
  enforce: 'pre',
  resolveId: (id) => (id === '@rjsf/validator-ajv8' ? '\0no-validator' : undefined),
  load: (id) => (id === '\0no-validator' ? 'export default undefined;' : undefined),
};

/** Builds the console, unless `outDir` has it already. */
export async function buildConsole(root, outDir) {
  const source = join(root, 'src', 'console');
  if (!existsSync(join(source, 'index.html'))) return;
  const target = join(outDir, 'console');
  const stamp = join(target, STAMP);
  const sources = digestOf(root);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  const { build } = await import('vite');
  await build({
    root: source,
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: [withoutTestValidator],
    html: { cspNonce: NONCE_PLACEHOLDER },
    build: { outDir: target, emptyOutDir: true, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 2000 },
  });
  writeFileSync(stamp, sources);
}

function digestOf(root) {
  const hash = createHash('sha256');
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(tsx?|html|css|json)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...files.sort(), ...OTHER_INPUTS.map((name) => join(root, name))]) {
    const content = existsSync(file) ? readFileSync(file) : '';
    hash.update(`${file.slice(root.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
