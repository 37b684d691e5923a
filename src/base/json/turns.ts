/**
 * Long work on the event loop is done in turns. All of it together gets a few milliseconds in each round of the loop, one
 * piece of work after the other, so that everything else the process does is answered in between. Only what has been
 * going on for a while asks: short work must not stand in line behind it.
 */

/** So long may work go on before it lets the loop go round: node takes one new connection in each round. */
const TURN_MS = 3;

/** When the work of this round began; undefined while there was none. */
let began: number | undefined;
const waiting: (() => void)[] = [];

/** Whether the time of this round is used up: then await {@link nextTurn} before going on. */
export function turnIsOver(): boolean {
  if (began === undefined) begin();
  return performance.now() - (began ?? 0) >= TURN_MS;
}

/** Resolves in a later round, when whoever waits longer has had their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (began === undefined) begin();
  });
}

function begin(): void {
  began = performance.now();
  setImmediate(endRound);
}

function endRound(): void {
  began = undefined;
  const next = waiting.shift();
  if (next === undefined) return;
  begin();
  next();
}
