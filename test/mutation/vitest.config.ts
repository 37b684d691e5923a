import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';

/** The tests that are to notice; those with a `!` are left out. */
const patterns: readonly string[] = JSON.parse(process.env.STEWARD_MUTATION_TESTS ?? '[]');

const { reporters: _, include: __, ...test } = base.test ?? {};

export default mergeConfig(
  { ...base, test },
  defineConfig({
    test: {
      root: '.',
      // Each file loads the code anew: else Stryker sees what the first file covers, and nothing of the others.
      isolate: true,
      include: patterns.filter((pattern) => !pattern.startsWith('!')),
      exclude: patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    },
  }),
);
