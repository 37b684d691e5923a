import type { SingleBar } from 'cli-progress';
import type { Receipt } from '../client/answer.ts';
import type { BatchLine } from './batchLines.ts';
import { inLines, jsonLines, onOneLine } from './terminal.ts';

/** What a line came to. */
export type LineOutcome =
  | { readonly outcome: 'done'; readonly result: unknown; readonly receipt: Receipt | undefined }
  | { readonly outcome: 'failed'; readonly error: LineError };

export interface LineError {
  readonly message: string;
  readonly reason: string;
  readonly requestId?: string | undefined;
  readonly advice?: string | undefined;
}

interface Batch {
  readonly run: string;
  readonly total: number;
  readonly json: boolean;
  /** The command with which the run is continued. */
  readonly resume: string;
}

/** Prints the outcome of each line, a progress bar at a terminal, and a summary. */
export class BatchReport {
  readonly #batch: Batch;
  readonly #reasons = new Map<string, number>();
  #done = 0;
  #bar: SingleBar | undefined;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  get failed(): number {
    return [...this.#reasons.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Says first how the run is continued, since nothing else does after a crash. */
  async begin(): Promise<void> {
    const { run, total, resume } = this.#batch;
    console.error(`Run ${run}, ${total} ${total === 1 ? 'line' : 'lines'}. After an interruption: ${resume}`);
    // Outcomes on the same terminal would tear the bar.
    if (!process.stderr.isTTY || process.stdout.isTTY) return;
    const { Presets, SingleBar } = await import('cli-progress');
    const format = '{bar} {percentage} %  {value} of {total}  {failed} failed  {eta} s left';
    this.#bar = new SingleBar({ stream: process.stderr, hideCursor: true, format }, Presets.shades_classic);
    this.#bar.start(total, 0, { failed: 0 });
  }

  add({ number, command, parts }: BatchLine, came: LineOutcome): void {
    if (came.outcome === 'done') this.#done += 1;
    else this.#reasons.set(came.error.reason, (this.#reasons.get(came.error.reason) ?? 0) + 1);
    this.#bar?.increment(1, { failed: this.failed });
    if (this.#batch.json) {
      console.log(jsonLines({ line: number, command: command.name, ...came }));
      return;
    }
    // Parameters may have secrets, so only the user is shown.
    const called = onOneLine([command.name, parts.user ?? ''].join(' ').trim());
    const error = came.outcome === 'done' ? '' : `: ${onOneLine(came.error.message)} (${came.error.reason})`;
    const progress = process.stdout.isTTY ? `${this.#done + this.failed}/${this.#batch.total}  ` : '';
    console.log(`${progress}line ${number}  ${came.outcome.padEnd(6)}  ${called}${error}`);
  }

  end(): void {
    this.#bar?.stop();
    const { run, total, json, resume } = this.#batch;
    const [done, failed] = [this.#done, this.failed];
    const notRun = total - done - failed;
    const reasons = [...this.#reasons].sort(([, a], [, b]) => b - a);
    if (json) {
      console.log(jsonLines({ run, total, done, failed, notRun, reasons: Object.fromEntries(reasons) }));
      return;
    }
    console.log(`${done} of ${total} done, ${failed} failed, ${notRun} not run.`);
    for (const [reason, count] of reasons) console.log(inLines(`  ${count}  ${reason}`));
    if (failed + notRun > 0) console.log(`Run what is left: ${resume}`);
  }
}
