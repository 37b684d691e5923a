import { relative } from 'node:path';

/** Names each survivor as soon as it is found: a run takes long, and tests can be written meanwhile. */
class Progress {
  #done = 0;
  #plan = 0;

  onMutationTestingPlanReady({ mutantPlans }) {
    this.#plan = mutantPlans.filter(({ plan }) => plan === 'Run').length;
  }

  onMutantTested({ status, fileName, location, replacement, coveredBy }) {
    if (coveredBy !== undefined) this.#done += 1;
    if (status === 'Killed' || status === 'Ignored') return;
    const { start, end } = location;
    const place = `${relative(process.cwd(), fileName)}:${start.line}:${start.column}-${end.line}:${end.column}`;
    console.log(`${this.#done}/${this.#plan} ${status} ${place} ${replacement.replace(/\s+/g, ' ')}`);
  }
}

export const strykerPlugins = [{ kind: 'Reporter', name: 'survivors', injectableClass: Progress }];
