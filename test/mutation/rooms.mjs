/**
 * The rooms of src/ whose lines are mutated, and the tests that are to notice. Tests of processes and of large sizes are
 * left out: a mutant is worth milliseconds, and what they prove is proved in the small by others.
 */
export const ROOMS = {
  access: ['test/access/**/*.test.ts', 'test/workspaces/permissions.test.ts'],
  gate: ['test/gate/**/*.test.ts', '!test/gate/everyWrite.test.ts', '!test/gate/contended.test.ts'],
  identity: ['test/identity/**/*.test.ts'],
  jobs: ['test/jobs/**/*.test.ts', 'test/ownership/jobs.test.ts'],
  ownership: ['test/ownership/**/*.test.ts'],
  store: ['test/store/*.test.ts', 'test/store/migrations/m*.test.ts'],
};
