import type { StepCount } from '../domain/imports/progress.ts';

const EVERY_MS = 1_000;
const WIDTH = 30;

/** Shows how far an import is, with its rate and the time left: on a terminal in one line, else a line now and then. */
export class ImportMeter {
  readonly #total: number;
  readonly #begun = performance.now();
  #first: number | undefined;
  #shown = this.#begun;

  /** @param totals how many documents each step reads */
  constructor(totals: ReadonlyMap<string, number>) {
    this.#total = [...totals.values()].reduce((sum, count) => sum + count, 0);
  }

  show(counts: readonly StepCount[]): void {
    const done = counts.reduce((sum, { read }) => sum + read, 0);
    this.#first ??= done;
    const now = performance.now();
    const every = process.stderr.isTTY ? EVERY_MS : 10 * EVERY_MS;
    if (now - this.#shown < every) return;
    this.#shown = now;
    const rate = (done - this.#first) / ((now - this.#begun) / 1000);
    const line = progressLine({ done, total: this.#total, rate, step: counts.at(-1)?.step ?? '' });
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  }
}

/** A line such as `[###---] 50% objects, 1200/s, 30 s left`. */
export function progressLine(progress: { done: number; total: number; rate: number; step: string }): string {
  const { done, total, rate, step } = progress;
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const bar = '#'.repeat(Math.round(part * WIDTH)).padEnd(WIDTH, '-');
  const left = rate > 0 ? `, ${Math.ceil(Math.max(0, total - done) / rate)} s left` : '';
  return `[${bar}] ${Math.floor(part * 100)}% ${step}, ${Math.round(rate)}/s${left}`;
}
