#!/usr/bin/env node
import { Command } from 'commander';
import { checkConfig } from './cli/checkConfig.ts';
import { failWith } from './cli/failure.ts';
import { serve } from './cli/serve.ts';
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

await program.parseAsync().catch(failWith);
