import { nextTurn, turnIsOver } from './turns.ts';

/** How many are sorted at once, and merged before the clock is read. */
const PIECE = 4_096;

/** The numbers 0 to `count` - 1, sorted in turns. */
export async function orderInTurns(count: number, compare: (a: number, b: number) => number): Promise<Uint32Array> {
  let sorted = new Uint32Array(count);
  for (let start = 0; start < count; start += PIECE) {
    if (start > 0 && turnIsOver()) await nextTurn();
    for (let i = start; i < Math.min(start + PIECE, count); i += 1) sorted[i] = i;
    sorted.subarray(start, start + PIECE).sort(compare);
  }
  let merged = new Uint32Array(count);
  for (let width = PIECE; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let [left, right] = [start, middle];
      for (let to = start; to < end; to += 1) {
        if (to % PIECE === 0 && turnIsOver()) await nextTurn();
        const [a, b] = [sorted[left] as number, sorted[right] as number];
        const takesLeft = right >= end || (left < middle && compare(a, b) <= 0);
        merged[to] = takesLeft ? a : b;
        if (takesLeft) left += 1;
        else right += 1;
      }
    }
    [sorted, merged] = [merged, sorted];
  }
  return sorted;
}
