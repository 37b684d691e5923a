/*
 * Long work runs in turns. All of it together gets a few milliseconds in each iteration of the event loop, one piece of
 * work after the other, so that the process stays responsive. Short work does not use turns, and need not wait for
 * them.
 */

/** The time for work in each iteration of the event loop. It is short, since Node accepts one connection in each. */
const TURN_MS = 3;

/** When the work of this iteration began; undefined if there was none yet. */
let began: number | undefined;
const waiting: (() => void)[] = [];

/** Whether the time of this iteration is used up: then await {@link nextTurn}. */
export function turnIsOver(): boolean {
  if (began === undefined) begin();
  return performance.now() - (began ?? 0) >= TURN_MS;
}

/** Resolves in a later iteration, first come, first served. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (began === undefined) begin();
  });
}

function begin(): void {
  began = performance.now();
  setImmediate(endIteration);
}

function endIteration(): void {
  began = undefined;
  const next = waiting.shift();
  if (next === undefined) return;
  begin();
  next();
}
