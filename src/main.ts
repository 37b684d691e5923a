#!/usr/bin/env node
import { Command } from 'commander';
import { audit } from './cli/audit.ts';
import { checkConfig } from './cli/checkConfig.ts';
import { failWith } from './cli/failure.ts';
import { serve } from './cli/serve.ts';
import { sudoCommand } from './cli/sudo.ts';
import { token } from './cli/token.ts';
import { VERSION } from './version.ts';

const CONFIG = [
  '--config <file>',
  'the deploy.cfg to use (else STEWARD_CONFIG, else KB_DEPLOYMENT_CONFIG, else defaults)',
] as const;

const program = new Command('steward')
  .description('One privileged JSON-RPC door to shared research data.')
  .version(VERSION);

program
  .command('serve')
  .description('run the service until it is told to stop (SIGTERM, SIGINT)')
  .option(...CONFIG)
  .action(serve);

program
  .command('check-config')
  .description('judge the configuration and show where each setting comes from, without starting anything')
  .option(...CONFIG)
  .action(checkConfig);

program
  .command('token')
  .description('sign a token for a user, with the configured secret or the key that the service made for itself')
  .argument('<user>', 'the user name')
  .option('--id <subject>', 'the sub of the token; the user name when absent')
  .option('--roles <roles>', 'roles in the token, comma-separated')
  .option('--lifetime <seconds>', 'how long the token holds', '3600')
  .option(...CONFIG)
  .action(token);

program.addCommand(sudoCommand());

program
  .command('audit')
  .description('show the newest audit records')
  .option('--actor <user>', 'who did it')
  .option('--for <user>', 'the person for whom a service did it')
  .option('--subject <user>', 'the user acted as')
  .option('--command <name>', 'the command')
  .option('--outcome <outcome>', 'success, denied, failed, dryRun or replayed')
  .option('--resource <id>', 'what was touched, as records name it')
  .option('--from <instant>', 'not before')
  .option('--to <instant>', 'before')
  .option('--lines <number>', 'how many', '20')
  .option('--follow', 'go on with those that come')
  .option('--json', 'one JSON object a line')
  .option('--server <url>', 'where the service answers')
  .option('--token <token>', 'the token to use; better in STEWARD_TOKEN')
  .action(audit);

await program.parseAsync().catch(failWith);
