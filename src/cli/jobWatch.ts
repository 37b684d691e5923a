import type { Command } from 'commander';
import { StewardCallError } from '../client/errors.ts';
import { type ConnectionOptions, connect, connectionOptions } from './connection.ts';
import { exitCodesHelp, reportFailure } from './exitCodes.ts';
import { helpExamples } from './helpExamples.ts';
import { listedCommand } from './listing.ts';

/** The exit status if the job did not end well. */
const NOT_DONE = 5;

const EXAMPLES = helpExamples(['A job that somebody began', 'steward job watch 6a1f0c2e9b7d4c0012345678']);

/** Adds `steward job watch`. */
export function addJobWatch(job: Command): void {
  const watch = job
    .command('watch')
    .description('Show the progress of a job until it ends. Ctrl-C ends only this.')
    .argument('<id>', 'the id of the job')
    .option('--json', 'print the ended job as JSON');
  for (const option of connectionOptions()) watch.addOption(option);
  watch
    .addHelpText('after', () => `${EXAMPLES}\n\nA job that did not end well has status 5.\n\n${exitCodesHelp}`)
    .action(watchJob);
}

/** Follows a job that runs already. */
async function watchJob(id: string, options: ConnectionOptions & { readonly json?: boolean }): Promise<void> {
  const json = options.json === true;
  const [{ follow, reportRunning }, { formatted }, { jsonLines }] = await Promise.all([
    import('./follow.ts'),
    import('./output.ts'),
    import('./terminal.ts'),
  ]);
  try {
    const client = connect(options);
    const { result: begun } = await client.administer.getJob({ id });
    const ended = await follow(client, begun);
    if (ended === undefined) {
      reportRunning(begun);
      return;
    }
    console.log(json ? jsonLines(ended, 2) : await formatted(await listedCommand('getJob'), ended, {}));
    if (ended.state !== 'done') process.exitCode = NOT_DONE;
  } catch (error) {
    if (!(error instanceof StewardCallError)) throw error;
    reportFailure(error, { json });
  }
}
