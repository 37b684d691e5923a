import type { Command } from 'commander';
import { connectionOptions } from './connection.ts';
import { helpExamples } from './helpExamples.ts';

const SET_EXAMPLES = helpExamples([
  'The server of another profile',
  'steward config set server https://steward.example.org --profile production',
]);

/** Adds the commands about who you are: to log in and out, and profiles. */
export function addAccountCommands(steward: Command): void {
  steward.commandsGroup('Who you are:');
  steward
    .command('login')
    .description('check a token, and keep it in a profile; it is read from the standard input, or got with a password')
    .summary('sign in, and keep a server and a token in a profile')
    .option('--user <name>', 'sign in to a local account; its password is asked for')
    .option('--password-file <file>', 'a file with the password, and the code on a second line; - for standard input')
    .option('--server <url>', 'where the service answers (else STEWARD_SERVER, else what the profile says)')
    .option('--profile <name>', 'the profile to write')
    .addHelpText(
      'after',
      helpExamples(
        ['With the name and password of a local account', 'steward login --user grace'],
        ['Type or paste the token, which is not shown', 'steward login'],
        [
          'With a token of its own, on the machine of the service',
          'steward token admin | steward login --profile local',
        ],
      ),
    )
    .action(async (options) => (await import('./account.ts')).login(options));

  steward
    .command('logout')
    .description(
      'remove the token from a profile, and end its session; a token of another kind stays valid until it expires',
    )
    .summary('sign out, and remove the token from a profile')
    .option('--profile <name>', 'the profile')
    .addHelpText('after', helpExamples(['Of the profile in use', 'steward logout']))
    .action(async (options) => (await import('./account.ts')).logout(options));

  const whoami = steward
    .command('whoami')
    .description('show the server, the user, their roles and their rights')
    .option('--json', 'print it as JSON');
  for (const option of connectionOptions()) whoami.addOption(option);
  whoami
    .addHelpText('after', helpExamples(['For a program', 'steward whoami --json']))
    .action(async (options) => (await import('./account.ts')).whoami(options));

  const config = steward.command('config').description('show and change profiles: servers, each with a token');
  config
    .command('list')
    .description('list the profiles; the one in use has a star')
    .addHelpText('after', helpExamples(['All of them', 'steward config list']))
    .action(async () => (await import('./account.ts')).listProfiles());
  config
    .command('use')
    .description('make a profile the one that is used')
    .argument('<profile>', 'its name')
    .addHelpText('after', helpExamples(['The one named production', 'steward config use production']))
    .action(async (name) => (await import('./account.ts')).use(name));
  config
    .command('get')
    .description('print a setting of a profile; not the token')
    .argument('<key>', 'server')
    .option('--profile <name>', 'the profile')
    .addHelpText('after', helpExamples(['Which server is used?', 'steward config get server']))
    .action(async (key, options) => (await import('./account.ts')).getSetting(key, options));
  config
    .command('set')
    .description('change a setting of a profile; for the token, use steward login')
    .argument('<key>', 'server')
    .argument('<value>', 'its value')
    .option('--profile <name>', 'the profile')
    .addHelpText('after', SET_EXAMPLES)
    .action(async (key, value, options) => (await import('./account.ts')).setSetting(key, { value, ...options }));
}
