import { DefaultReporter, type TestModule, type TestRunEndReason } from 'vitest/node';

type Errors = Parameters<DefaultReporter['onTestRunEnd']>[1];

/** The default report without the files that pass. Its last line is `N passed, N failed, N skipped`, for scripts to read. */
export class Reporter extends DefaultReporter {
  override onTestRunEnd(modules: readonly TestModule[], errors: Errors, reason: TestRunEndReason): void {
    super.onTestRunEnd(modules, errors, reason);
    // Not through the logger, which would colour it.
    process.stdout.write(`${countsOf(modules, errors)}\n`);
  }

  protected override printTestModule(module: TestModule): void {
    if (module.state() === 'failed') super.printTestModule(module);
  }
}

/** What fails outside of a test (a file that cannot be loaded, a hook, a rejection nobody handles) counts as failed too. */
function countsOf(modules: readonly TestModule[], errors: Errors): string {
  const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) counts[test.result().state] += 1;
  }
  // What was not reached did not run.
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`;
}
