import { readFileSync } from 'node:fs';
import { describeConfig } from '../base/config/describe.ts';
import { type LoadedConfig, loadConfig } from '../base/config/load.ts';
import { defined } from '../base/defined.ts';
import { OperatorError } from '../base/errors.ts';

/**
 * Prints all settings with their origins, and all warnings; checks the policy file and its cases.
 *
 * @throws ConfigError, PolicyError, OperatorError if the service would not start
 */
export async function checkConfig({ config: file }: { config?: string }): Promise<void> {
  const loaded = loadConfig({ env: process.env, ...defined({ file }) });
  for (const line of describeConfig(loaded)) console.log(line);
  for (const warning of loaded.warnings) console.error(`warning: ${warning}`);
  await checkPolicy(loaded.config);
  (await import('../server/witnesses.ts')).witnessesOf(loaded.config);
  const { length } = loaded.warnings;
  console.log(
    length === 0
      ? 'The configuration is good.'
      : `The service starts with this configuration; see the ${length === 1 ? 'warning' : `${length} warnings`} above.`,
  );
}

async function checkPolicy({ 'policy-file': file, ...config }: LoadedConfig['config']): Promise<void> {
  if (file === undefined) return;
  const { checkPolicyFile } = await import('../gate/policy/offline.ts');
  const rules = checkPolicyFile({ file, text: textOf(file), configured: config['ws-admin'] });
  console.log(`The policy is good: ${rules} ${rules === 1 ? 'rule' : 'rules'}.`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OperatorError(`policy-file: ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
