import { UsageError } from './failure.ts';

const HOUR_MS = 3_600_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: 24 * HOUR_MS,
  w: 7 * 24 * HOUR_MS,
};

/** Days counted from today. */
const DAYS: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };

const COMPLETE = /^\d{4}-\d\d-\d\d[Tt]/;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::(\d\d))?)?$/;
const LENGTH = /^(in |[+-])?((?:\d+[smhdw])+)( ago)?$/;

interface Reading {
  /** The option, for the error. */
  readonly flag: string;
  readonly now: Date;
  /** Where a length of time such as `2h` leads. */
  readonly unsigned: 'past' | 'future';
}

/**
 * The time that somebody wrote, by RFC 3339: `2h`, `+7d`, `1w ago`, `in 90m`, `now`, `today`, `yesterday`, `tomorrow`,
 * `2026-11-28` and `2026-11-28 18:30`. Days begin at midnight of the local time zone. A time that is complete already is
 * returned as it is, and the service checks it.
 *
 * @throws UsageError
 */
export function instantOf(text: string, { flag, now, unsigned }: Reading): string {
  const written = text.trim();
  if (COMPLETE.test(written)) return written;
  const found =
    written === 'now' ? now : (dayOf(written, now) ?? localTime(written) ?? shifted(written, now, unsigned));
  if (found !== undefined && !Number.isNaN(found.getTime())) return found.toISOString();
  throw new UsageError(
    `${flag} must be a time, such as 2h, +7d, yesterday, 2026-11-28 or 2026-11-28T18:30:00Z (was: ${text})`,
  );
}

function dayOf(text: string, now: Date): Date | undefined {
  const days = Object.hasOwn(DAYS, text) ? DAYS[text] : undefined;
  return days === undefined ? undefined : new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
}

function localTime(text: string): Date | undefined {
  const found = LOCAL.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1)
    .map((part) => Number(part ?? 0));
  const date = new Date(year, month - 1, day, hour, minute, second);
  // A day or an hour that does not exist would become another one.
  const isReal = date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? date : undefined;
}

function shifted(text: string, now: Date, unsigned: Reading['unsigned']): Date | undefined {
  const found = LENGTH.exec(text);
  if (found === null) return undefined;
  const [, sign, lengths = '', ago] = found;
  if (sign !== undefined && ago !== undefined) return undefined;
  const length = [...lengths.matchAll(/(\d+)([smhdw])/g)]
    .map(([, count, unit = '']) => Number(count) * (UNITS_MS[unit] ?? 0))
    .reduce((sum, part) => sum + part, 0);
  const isPast = ago !== undefined || sign === '-' || (sign === undefined && unsigned === 'past');
  return new Date(now.getTime() + (isPast ? -length : length));
}
