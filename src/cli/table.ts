import stringWidth from 'string-width';
import type { Style } from './style.ts';

const GAP = '  ';
/** Columns are not made narrower than this. */
const NARROWEST = 6;

/** A table with aligned columns, as wide as its texts are on a terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const lines = style.headers ? [headings, ...rows] : rows;
  const natural = headings.map((_, i) => Math.max(0, ...lines.map((line) => stringWidth(line[i] ?? ''))));
  const widths = style.columns === undefined ? natural : fitted(natural, style.columns);
  const text = (line: readonly string[]) => line.map((cell, i) => padded(cut(cell, widths[i] ?? 0), widths[i] ?? 0));
  return lines
    .map((line, i) => {
      const shown = text(line).join(GAP).trimEnd();
      return style.headers && i === 0 ? style.heading(shown) : shown;
    })
    .join('\n');
}

/** Fills up with blanks to a width on the terminal. */
export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** Makes the widest columns narrower until all fit. */
function fitted(natural: readonly number[], columns: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  while (total() > columns) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return widths;
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
