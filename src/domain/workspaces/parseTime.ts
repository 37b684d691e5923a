import { refuse, type StewardError } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';

/** The parts of a date: the digits of a field, or the character between two fields. */
const PARTS = [/\d{4}(?!\d)/y, /-/y, /\d\d/y, /-/y, /\d\d/y, /T/y, /\d\d/y, /:/y, /\d\d/y, /:/y, /\d\d/y];
const FRACTION = /\.\d{1,3}/y;
const ZONES = [/Z|[+-][0-5]\d:[0-5]\d/y, /Z|[+-][0-5]\d[0-5]\d/y];
const MAX_OFFSET_MINUTES = 18 * 60;

/**
 * Parses a time with a time zone as the KBase Workspace Service 0.15 does, with Java's parser: up to three decimals of
 * a second, and `Z`, `+HH:MM` or `+HHMM`. The 30th and 31st of a shorter month are its last day, and 24:00:00 is the
 * midnight after the day.
 *
 * @throws invalid_params in KBase's words
 */
export function parseKbaseTime(text: string): Date {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fieldsOf(text);
  const fraction = matched(FRACTION, text, DATE_LENGTH) ?? '';
  let end = DATE_LENGTH + fraction.length;
  let zone: string | undefined;
  // Java's pattern accepts both forms, one after the other, if they agree.
  for (const form of ZONES) {
    const found = matched(form, text, end);
    if (found === undefined || (zone !== undefined && minutesOf(found) !== minutesOf(zone))) continue;
    zone = found;
    end += found.length;
  }
  if (end < text.length) throw unparseable(text, `, unparsed text found at index ${end}`);
  const isMidnight = hour === 24 && minute === 0 && second === 0 && Number(`0${fraction}`) === 0;
  assertFields(text, [year, month, day, isMidnight ? 0 : hour, minute, second]);
  if (zone === undefined) {
    throw refuse('invalid_params', `Date '${cutToCharacters(text, 64)}' does not have time zone information`);
  }
  const offset = minutesOf(zone);
  if (Math.abs(offset) > MAX_OFFSET_MINUTES) {
    throw unparseable(text, ': Zone offset not in valid range: -18:00 to +18:00');
  }
  const instant = new Date(0);
  instant.setUTCFullYear(year, month - 1, Math.min(day, lastDay(year, month)));
  instant.setUTCHours(hour, minute - offset, second, Math.round(Number(`0${fraction}`) * 1000));
  return instant;
}

const DATE_LENGTH = '2013-04-26T23:52:06'.length;

/** Year, month, day, hour, minute and second as written. */
function fieldsOf(text: string): number[] {
  const fields: number[] = [];
  let at = 0;
  for (const part of PARTS) {
    const found = matched(part, text, at);
    if (found === undefined) throw unparseable(text, ` at index ${at}`);
    if (found.length > 1) fields.push(Number(found));
    at += found.length;
  }
  return fields;
}

/** The match of the form at this position. */
function matched(form: RegExp, text: string, at: number): string | undefined {
  form.lastIndex = at;
  return form.exec(text)?.[0];
}

/** Java's fields, in the order in which it checks them, with their ranges as numbers and in its messages. */
const FIELDS = [
  { name: 'YearOfEra', least: 1, most: 9_999, valid: '1 - 999999999/1000000000' },
  { name: 'MonthOfYear', least: 1, most: 12, valid: '1 - 12' },
  { name: 'DayOfMonth', least: 1, most: 31, valid: '1 - 28/31' },
  { name: 'HourOfDay', least: 0, most: 23, valid: '0 - 23' },
  { name: 'MinuteOfHour', least: 0, most: 59, valid: '0 - 59' },
  { name: 'SecondOfMinute', least: 0, most: 59, valid: '0 - 59' },
] as const;

function assertFields(text: string, values: readonly number[]): void {
  for (const [i, { name, least, most, valid }] of FIELDS.entries()) {
    const value = values[i] ?? 0;
    if (value >= least && value <= most) continue;
    throw unparseable(text, `: Invalid value for ${name} (valid values ${valid}): ${value}`);
  }
}

const lastDay = (year: number, month: number) => new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();

function minutesOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

function unparseable(text: string, why: string): StewardError {
  return refuse('invalid_params', `Unparseable date: Text '${cutToCharacters(text, 64)}' could not be parsed${why}`);
}
