import { type ReadableChange, readableChanges } from '../base/readableChanges.ts';
import type { DryRun } from '../base/schemas/generated.ts';
import { placeOf } from './changeSummary.ts';
import { foldedFor } from './fold.ts';
import { renderResult } from './render.ts';
import { styleOf } from './style.ts';
import { onOneLine } from './terminal.ts';

/** The most changes that are shown one by one. */
const MAX_SHOWN = 50;

const WOULD = { insert: 'Would add', update: 'Would change', remove: 'Would remove' } as const;

/** The effect of a command, from its dry run, for somebody who must confirm it. */
export function effectText({
  changes: planned,
  names,
  items,
  types,
  total,
  next,
  effects = [],
  notRevertible,
}: DryRun): string {
  const style = styleOf();
  const changes = readableChanges(planned, names);
  const lines: string[] = [];
  if (items !== undefined && items.length > 0) {
    lines.push(renderResult([...items], style));
    if (next !== undefined) lines.push(`… and ${(total ?? 0) - items.length} more (--dry-run with --page shows them)`);
    lines.push('', renderResult([...(types ?? [])], style));
  } else if (items === undefined) {
    lines.push(...changes.slice(0, MAX_SHOWN).map(changeText));
    if (changes.length === 0 && effects.length === 0) lines.push('Nothing would change.');
    if (changes.length > MAX_SHOWN) lines.push(`… and ${changes.length - MAX_SHOWN} more (--dry-run shows them)`);
  }
  lines.push(...effects.map((effect) => onOneLine(effect)));
  if (notRevertible !== undefined) lines.push(onOneLine(`It cannot be reverted: ${notRevertible}.`));
  return foldedFor(process.stdout, lines.join('\n'));
}

function changeText(change: ReadableChange): string {
  const fields = (change.fields ?? []).map(({ path }) => path);
  const changed = fields.length === 0 ? '' : `: ${fields.join(', ')}`;
  return onOneLine(`${WOULD[change.op]} ${placeOf(change)}${changed}`);
}
