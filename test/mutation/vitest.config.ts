import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { ROOMS } from './rooms.mjs';

/** The tests of one room. */
const patterns: readonly string[] = ROOMS[process.env.STEWARD_MUTATION_ROOM as keyof typeof ROOMS] ?? [];

const { reporters: _, include: __, ...test } = base.test ?? {};

export default mergeConfig(
  { ...base, test },
  defineConfig({
    test: {
      root: '.',
      include: patterns.filter((pattern) => !pattern.startsWith('!')),
      exclude: patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    },
  }),
);
