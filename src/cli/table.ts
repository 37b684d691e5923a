import stringWidth from 'string-width';
import type { Style } from './style.ts';

const GAP = '  ';
/** Columns are not made narrower than this. */
const NARROWEST = 6;
/** The heading that stands for columns for which there is no room. */
const MORE = '…';
/** Columns that name a thing are only cut off where they are wider than this. */
const NAME = 40;
const NAMING = ['user', 'account', 'name', 'job', 'request', 'record', 'id'];
const EMPTY: ReadonlySet<string> = new Set(['', '[]', '{}']);

interface Column {
  readonly heading: string;
  readonly cells: readonly string[];
  readonly width: number;
  /** The width below which it is not made narrower. */
  readonly narrowest: number;
}

/**
 * A table with aligned columns, as wide as its texts are on a terminal. Where a terminal has no room for it, columns are cut off
 * that do not name the thing, empty ones are left out, and the last ones if that is not enough.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const all = headings.map((heading, i): Column => {
    const cells = rows.map((row) => row[i] ?? '');
    const width = Math.max(0, ...[...(style.headers ? [heading] : []), ...cells].map((cell) => stringWidth(cell)));
    return { heading, cells, width, narrowest: Math.min(width, isNaming(heading, headings) ? NAME : NARROWEST) };
  });
  const shown = style.columns === undefined ? all : fitted(all, style.columns);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => padded(cut(cell, shown[i]?.width ?? 0), shown[i]?.width ?? 0))
      .join(GAP)
      .trimEnd();
  const lines = rows.map((_, i) => line(shown.map(({ cells }) => cells[i] ?? '')));
  return (style.headers ? [style.heading(line(shown.map(({ heading }) => heading))), ...lines] : lines).join('\n');
}

/** Users are named by their names, not by their ids. */
const isNaming = (heading: string, headings: readonly string[]) =>
  NAMING.includes(heading) && !(heading === 'id' && ['user', 'account'].some((name) => headings.includes(name)));

/** Fills up with blanks to a width on the terminal. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

const widthOf = (widths: readonly number[]) =>
  widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));

/** The columns for which there is room. */
function fitted(all: readonly Column[], columns: number): Column[] {
  if (widthOf(all.map(({ width }) => width)) <= columns) return [...all];
  const left = all.filter(({ cells }) => cells.some((cell) => !EMPTY.has(cell)));
  let isWhole = true;
  const least = () => widthOf([...left.map(({ narrowest }) => narrowest), ...(isWhole ? [] : [MORE.length])]);
  while (left.length > 1 && least() > columns) {
    const last = left.findLastIndex(({ narrowest }) => narrowest <= NARROWEST);
    left.splice(last === -1 ? left.length - 1 : last, 1);
    isWhole = false;
  }
  const more = isWhole ? [] : [{ heading: MORE, cells: [], width: MORE.length, narrowest: MORE.length }];
  return narrowed([...left, ...more], columns);
}

/** Makes the widest columns narrower until all fit. */
function narrowed(all: readonly Column[], columns: number): Column[] {
  const widths = all.map(({ width }) => width);
  while (widthOf(widths) > columns) {
    const room = widths.map((width, i) => (width > (all[i]?.narrowest ?? 0) ? width : 0));
    const widest = Math.max(...room);
    if (widest === 0) break;
    widths[room.indexOf(widest)] = widest - 1;
  }
  return all.map((column, i) => ({ ...column, width: widths[i] ?? 0 }));
}

const graphemes = new Intl.Segmenter();

/** Cuts a text off with an ellipsis where it is wider than that. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
