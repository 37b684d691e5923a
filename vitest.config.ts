import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longestFirst.ts';
import { Reporter } from './test/support/reporter.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/mongod.ts'],
    // The first to be run has its hook run last.
    setupFiles: ['test/support/costs.ts', 'test/support/afterFile.ts', 'test/support/cheapHashes.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Deadlines are safety nets: the slowest machine keeps them.
    expect: { poll: { timeout: 180_000 } },
    // One more than most machines of CI have processors, since many tests wait for processes that they have started.
    maxWorkers: 3,
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Tests make much garbage that is soon gone: a larger young generation takes less work to collect.
    execArgv: ['--min-semi-space-size=32', '--max-semi-space-size=64'],
    // What was compiled for one run serves the next.
    experimental: { fsModuleCache: true },
    restoreMocks: true,
    unstubEnvs: true,
    reporters: [new Reporter()],
    silent: 'passed-only',
  },
});
