import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Writes a file that is made from the sources; with `--check`, ends with status 1 if the file has another text. */
export function writeGenerated(path, text) {
  if (!process.argv.includes('--check')) {
    writeFileSync(path, text);
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${relative(process.cwd(), path)} is not what it is made from says: run \`npm run generate\`.`);
    process.exit(1);
  }
}
