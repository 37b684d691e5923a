import type { Reporter, TestModule, TestSuite, Vitest } from 'vitest/node';

/**
 * Tells of a `beforeAll` that failed. Vitest then skips the tests, and Stryker would take the mutant for one that no test
 * notices.
 */
export class FailedHooks implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleEnd(module: TestModule): void {
    this.#tell(module);
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#tell(suite);
  }

  #tell(suite: TestModule | TestSuite): void {
    for (const error of suite.errors()) this.#vitest?.state.catchError(error, 'Failed Hook');
  }
}
