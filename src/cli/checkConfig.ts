import { describeConfig } from '../config/describe.ts';
import { loadConfig } from '../config/load.ts';

/** Prints every setting with its origin and every warning; a configuration with problems ends with status 1. */
export function checkConfig({ config: file }: { config?: string }): void {
  const loaded = loadConfig({ env: process.env, ...(file === undefined ? {} : { file }) });
  for (const line of describeConfig(loaded)) console.log(line);
  for (const warning of loaded.warnings) console.error(`warning: ${warning}`);
  console.log('The configuration is good.');
}
