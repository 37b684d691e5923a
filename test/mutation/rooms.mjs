/**
 * The rooms of src/ whose lines are mutated, and the tests that are to notice. Tests of processes, of races and of large
 * sizes are left out: a mutant is worth milliseconds, and what they prove is proved in the small by others.
 */
export const ROOMS = {
  'domain/access': ['test/domain/access/**/*.test.ts', 'test/domain/workspaces/permissions.test.ts'],
  gate: ['test/gate/**/*.test.ts', '!test/gate/everyWrite.test.ts', '!test/gate/contended.test.ts'],
  identity: ['test/identity/**/*.test.ts', '!test/identity/lastAdmin.test.ts'],
  jobs: ['test/jobs/**/*.test.ts', 'test/domain/ownership/jobs.test.ts'],
  'domain/ownership': ['test/domain/ownership/**/*.test.ts'],
  store: ['test/store/*.test.ts', 'test/store/migrations/m*.test.ts'],
};
