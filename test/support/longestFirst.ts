import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, most of the time waiting for processes that they start. */
const LONGEST = [
  ...['docs/documentation', 'security/t25', 'faults/', 'console/', 'store/embedded/server', 'build.test'],
  ...['domain/imports/', 'cli/importKbase', 'client/python/', 'conformance/', 'structure/additions'],
].map((path) => `/test/${path}`);

/** Begins with the files that take longest, so that none of them is left alone at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // By the times of earlier runs, or else by size.
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.includes(path));
      return index < 0 ? LONGEST.length : index;
    };
    return sorted.toSorted((a, b) => place(a) - place(b));
  }
}
