import { describeConfig } from '../base/config/describe.ts';
import { loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';

/** Prints all settings with their origins, and all warnings. @throws ConfigError if the service would not start */
export function checkConfig({ config: file }: { config?: string }): void {
  const loaded = loadConfig({ env: process.env, ...defined({ file }) });
  for (const line of describeConfig(loaded)) console.log(line);
  for (const warning of loaded.warnings) console.error(`warning: ${warning}`);
  const { length } = loaded.warnings;
  console.log(
    length === 0
      ? 'The configuration is good.'
      : `The service starts with this configuration; see the ${length === 1 ? 'warning' : `${length} warnings`} above.`,
  );
}
