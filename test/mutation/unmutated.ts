import { vi } from 'vitest';

// The mutant of the run before is no longer active while a test file is loaded. Stryker activates the next one before the
// first test.
const { __stryker__: stryker } = globalThis as { __stryker__?: { activeMutant?: string | undefined } };
if (stryker !== undefined) stryker.activeMutant = undefined;

// After every file, Vitest goes back to the configuration that it had when this was first called. In a thread that is kept,
// that is another mutant's, with another choice of tests, so that mutants would survive for want of the right ones.
vi.setConfig = () => {
  throw new Error('vi.setConfig is not for tests that also run under mutation: give the test a timeout of its own');
};
