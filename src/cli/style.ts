import { styleText } from 'node:util';
import { widthOf } from './wrapped.ts';

/** How a result is shown. */
export interface Style {
  readonly headers: boolean;
  /** The width into which tables are fitted; without one, nothing is cut off. */
  readonly columns?: number | undefined;
  readonly heading: (text: string) => string;
  /** An instant in a cell of a table, as a field of its own, and at the beginning of a line. */
  readonly instantInTable: (text: string) => string;
  readonly instantAlone: (text: string) => string;
  readonly instantAtStart: (text: string) => string;
}

const same = (text: string) => text;

/** For programs: nothing is cut off or coloured, and instants are as they were sent. */
export const PLAIN: Style = {
  headers: true,
  heading: same,
  instantInTable: same,
  instantAlone: same,
  instantAtStart: same,
};

interface Terminal {
  readonly columns: number;
  readonly now: Date;
  readonly color: boolean;
}

/** For people: tables fit the terminal, instants are ages or in the local time zone. */
export const onTerminal = ({ columns, now, color }: Terminal): Style => ({
  headers: true,
  columns,
  heading: color ? (text) => styleText('bold', text, { validateStream: false }) : same,
  instantInTable: (text) => age(text, now),
  instantAlone: (text) => `${localTime(text)} (${age(text, now)})`,
  instantAtStart: localTime,
});

interface StyleOptions {
  /** Whether nothing is cut off. */
  readonly wide?: boolean;
  readonly headers?: boolean;
}

/** The style for the standard output. */
export function styleOf({ wide = false, headers = true }: StyleOptions = {}): Style {
  if (!process.stdout.isTTY) return { ...PLAIN, headers };
  const color = (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
  const style = onTerminal({ columns: widthOf(process.stdout), now: new Date(), color });
  const exact = { columns: undefined, instantInTable: same, instantAlone: same };
  return { ...style, ...(wide ? exact : {}), headers };
}

/** A time by RFC 3339, or as KBase writes it. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)$/;

export const isInstant = (text: string): boolean => INSTANT.test(text) && !Number.isNaN(parsed(text).getTime());

/** KBase writes no colon in the offset. */
const parsed = (text: string) => new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));

/** As in `kubectl`, ages are years from two years on. */
const YEAR = 365 * 86_400;
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** How long ago it was, or how far away it is, in one unit: `3d ago`, `in 2h`. */
function age(text: string, now: Date): string {
  const seconds = Math.round((now.getTime() - parsed(text).getTime()) / 1000);
  const length = Math.abs(seconds);
  const [unit, size] = length >= 2 * YEAR ? ['y', YEAR] : (UNITS.find(([, size]) => length >= size) ?? ['s', 1]);
  const amount = `${Math.floor(length / size)}${unit}`;
  return seconds < 0 ? `in ${amount}` : `${amount} ago`;
}

/** In the local time zone, with its offset: `2026-11-28 14:03:07 +01:00`. */
function localTime(text: string): string {
  const at = parsed(text);
  const offset = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${local} ${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
}
