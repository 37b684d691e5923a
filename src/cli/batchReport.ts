import type { MultiBar, SingleBar } from 'cli-progress';
import type { Receipt } from '../client/answer.ts';
import type { BatchLine } from './batchLines.ts';
import { foldedFor } from './fold.ts';
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
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  get failed(): number {
    return [...this.#reasons.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Says first how the run is continued, since nothing else does after a crash. */
  async begin(): Promise<void> {
    const { run, total, json, resume } = this.#batch;
    console.error(`Run ${run}, ${total} ${total === 1 ? 'line' : 'lines'}. After an interruption:\n  ${resume}`);
    // A bar would cut off lines that are wider than the terminal, and JSON is not folded.
    if (!process.stderr.isTTY || json) return;
    const { MultiBar, Presets } = await import('cli-progress');
    const format = '{bar} {percentage} %  {value} of {total}  {failed} failed  {eta} s left';
    this.#bars = new MultiBar(
      { stream: process.stderr, hideCursor: true, gracefulExit: false, format },
      Presets.shades_classic,
    );
    this.#bar = this.#bars.create(total, 0, { failed: 0 });
  }

  add({ number, command, parts }: BatchLine, came: LineOutcome): void {
    if (came.outcome === 'done') this.#done += 1;
    else this.#reasons.set(came.error.reason, (this.#reasons.get(came.error.reason) ?? 0) + 1);
    this.#bar?.increment(1, { failed: this.failed });
    if (this.#batch.json) {
      this.#print(jsonLines({ line: number, command: command.name, ...came }));
      return;
    }
    // Parameters may have secrets, so only the user is shown.
    const called = onOneLine([command.name, parts.user ?? ''].join(' ').trim());
    const error = came.outcome === 'done' ? '' : `: ${onOneLine(came.error.message)} (${came.error.reason})`;
    this.#print(`line ${number}  ${came.outcome.padEnd(6)}  ${called}${error}`);
  }

  /** On the terminal of the bar, lines are written above it. */
  #print(line: string): void {
    if (process.stdout.isTTY && this.#bars !== undefined) this.#bars.log(`${foldedFor(process.stdout, line)}\n`);
    else console.log(line);
  }

  end(): void {
    // The last lines, which are written when the bar is drawn next.
    this.#bars?.update();
    this.#bars?.stop();
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
    if (failed + notRun > 0) console.log(`Run what is left:\n  ${resume}`);
  }
}
