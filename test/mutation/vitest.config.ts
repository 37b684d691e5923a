import { defineConfig, mergeConfig } from 'vitest/config';
import type { VitestPluginContext } from 'vitest/node';
import base from '../../vitest.config.ts';
import { FailedHooks } from './failedHooks.ts';
import { KeptThread } from './keptThread.ts';

/** The tests that are to notice; those with a `!` are left out. */
const patterns: readonly string[] = JSON.parse(process.env.STEWARD_MUTATION_TESTS ?? '[]');

// A thread takes no options of the engine's heap; and what is compiled here is of mutants, of no use to later runs.
const { reporters: _, include: __, execArgv: ___, experimental: ____, ...test } = base.test ?? {};

/** Runs the tests of all mutants in one thread. Stryker asks for another pool, later than the configuration is read. */
const keepsThread = {
  name: 'keeps-thread',
  configureVitest({ project: { config } }: VitestPluginContext) {
    config.pool = 'kept';
    config.poolRunner = { name: 'kept', createPoolWorker: (options) => new KeptThread(options) };
  },
};

export default mergeConfig(
  { ...base, test },
  defineConfig({
    plugins: [keepsThread],
    test: {
      root: '.',
      reporters: [new FailedHooks()],
      setupFiles: ['test/mutation/unmutated.ts'],
      // The file with which Stryker chooses a mutant runs before every file of tests, although it is in node_modules.
      server: { deps: { inline: [/stryker-setup/] } },
      include: patterns.filter((pattern) => !pattern.startsWith('!')),
      exclude: patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    },
  }),
);
