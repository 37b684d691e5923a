// The mutant of the run before is no longer active while a test file is loaded. Stryker activates the next one before the
// first test.
const { __stryker__: stryker } = globalThis as { __stryker__?: { activeMutant?: string | undefined } };
if (stryker !== undefined) stryker.activeMutant = undefined;
