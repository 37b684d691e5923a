// Bundles the program: a start loads a few dozen files instead of more than a thousand, in half the time.
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/** It loads a native library that lies beside it. */
const EXTERNAL = /^@node-rs\//;

/** Packages that a dependency uses where they are installed are not found, which is right. */
const LOG_LEVEL = 'silent';

/** Makes `main.js` in the folder, and beside it the folder `bundle`, with what its commands load when they run. */
export async function bundle(root, outDir) {
  const program = await rolldown({
    // The names of modules in the bundle are relative to it.
    cwd: root,
    input: join(root, 'src', 'main.ts'),
    platform: 'node',
    external: EXTERNAL,
    logLevel: LOG_LEVEL,
    plugins: [locations(root, outDir)],
  });
  await program.write({
    dir: outDir,
    chunkFileNames: 'bundle/[name].js',
    banner: ({ fileName }) => locationsIn(fileName.includes('/') ? '../' : './'),
  });
  await program.close();
}

/** What a module finds by its own location is found there still, not beside the bundle. */
function locations(root, outDir) {
  return {
    name: 'locations',
    transform(code, id) {
      const [source, folder] = [relative(join(root, 'src'), id), relative(outDir, join(id, '..'))];
      if (!source.startsWith('..')) return code.replaceAll('import.meta.url', `moduleUrl(${JSON.stringify(source)})`);
      return code.replaceAll(/\b__dirname\b/g, `moduleFolder(${JSON.stringify(folder)})`);
    },
  };
}

const locationsIn = (outDir) => `const moduleUrl = (path) => new URL('${outDir}' + path, import.meta.url).href;
const moduleFolder = (path) => process.getBuiltinModule('node:url').fileURLToPath(moduleUrl(path));`;
