import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../failure.ts';
import { typeScriptReasons } from './clientErrors.ts';
import { typeScriptReads } from './clientReads.ts';
import { commandPages } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { databasePage } from './database.ts';
import { errorPage } from './errors.ts';
import { COMMAND_LINE, withExitCodes } from './exitCodes.ts';
import { importTablesPage } from './importTables.ts';
import { methodPages } from './methods.ts';
import { metricsPage } from './metrics.ts';
import { pythonFiles } from './python.ts';

/** The folder whose pages are all generated. */
const REFERENCE = 'docs/reference';

/** A file of the documentation: its present text, and the text that is generated from the declarations, if any. */
interface Document {
  readonly is: string | undefined;
  readonly shouldBe: string | undefined;
}

/**
 * Writes the reference pages of the checkout in the working directory; with `check` it only compares.
 *
 * @throws UsageError if there is no checkout, or if a page is stale
 */
export function docs({ check }: { check?: boolean }): void {
  const stale = Object.entries(documents(process.cwd())).filter(([, { is, shouldBe }]) => is !== shouldBe);
  if (check && stale.length > 0) {
    throw new UsageError(`not what the declarations say: ${stale.map(([file]) => file).join(', ')}; run npm run docs`);
  }
  for (const [file, { shouldBe }] of stale) {
    const path = join(process.cwd(), file);
    if (shouldBe === undefined) {
      rmSync(path);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, shouldBe);
    }
    console.log(file);
  }
}

/** All generated files, and the files in the folder of generated pages that are not generated any more. */
export function documents(root: string): Record<string, Document> {
  const commandLine = textOf(join(root, COMMAND_LINE));
  if (commandLine === undefined) throw new UsageError(`there is no ${COMMAND_LINE} in ${root}: run it in a checkout`);
  const generated: Readonly<Record<string, string>> = {
    [COMMAND_LINE]: withExitCodes(commandLine),
    ...referencePages(),
    ...pythonFiles(),
    'src/client/reasons.ts': `// Made by \`npm run docs\` from the catalogue of errors; do not edit.\n\n${typeScriptReasons()}`,
    'src/client/reads.ts': `// Made by \`npm run docs\` from the declarations; do not edit.\n\n${typeScriptReads()}`,
  };
  const files = new Set([...Object.keys(generated), ...filesBelow(root, REFERENCE)]);
  return Object.fromEntries(
    [...files].map((file) => [file, { is: textOf(join(root, file)), shouldBe: generated[file] }]),
  );
}

function referencePages(): Record<string, string> {
  const pages = {
    ...commandPages(),
    ...methodPages(),
    'errors.md': errorPage(),
    'configuration.md': configurationPage(),
    'database.md': databasePage(),
    'metrics.md': metricsPage(),
    'import.md': importTablesPage(),
  };
  return Object.fromEntries(Object.entries(pages).map(([file, text]) => [`${REFERENCE}/${file}`, text]));
}

function filesBelow(root: string, folder: string): string[] {
  try {
    const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name).slice(root.length).replace(/^\//, ''));
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
