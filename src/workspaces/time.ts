import { refuse } from '../errors.ts';
import type { Filter } from '../store/collection.ts';
import { cutToCharacters } from '../text.ts';

/** An instant as the KBase Workspace Service writes it: `2026-11-23T18:05:07+0000`. */
export function kbaseTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}+0000`;
}

const FORM = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)?$/;
const TEMPLATE = 'dddd-dd-ddTdd:dd:dd';

/**
 * Reads an instant with a time zone.
 *
 * @throws invalid_params in KBase's words
 */
function parseKbaseTime(text: string): Date {
  const [, seconds, fraction = '', zone] = FORM.exec(text) ?? [];
  if (seconds === undefined) throw unparseable(text, badIndex(text));
  if (zone === undefined) throw refuse('invalid_params', `Date '${text}' does not have time zone information`);
  const colon = zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const instant = new Date(`${seconds}${fraction}${colon}`);
  if (Number.isNaN(instant.getTime())) throw unparseable(text, 0);
  return instant;
}

/**
 * The instant that a parameter and its twin in epoch milliseconds mean.
 *
 * @throws invalid_params when both are given, or the text cannot be read
 */
export function chosenTime(name: string, text: string | undefined, epoch: number | undefined): Date | undefined {
  if (text !== undefined && epoch !== undefined) {
    throw refuse('invalid_params', `Cannot specify both timestamp and epoch for ${name} parameter`);
  }
  if (epoch !== undefined) return new Date(Math.min(Math.max(epoch, -8.64e15), 8.64e15));
  return text === undefined ? undefined : parseKbaseTime(text);
}

/** A time from which, and one until which, something is wanted; neither of them included. */
export interface TimeRange {
  readonly after?: string;
  readonly after_epoch?: number;
  readonly before?: string;
  readonly before_epoch?: number;
}

/** The bounds of the range, neither of which belongs to it. @throws invalid_params */
export function boundsOf({ after, after_epoch, before, before_epoch }: TimeRange): {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
} {
  return { from: chosenTime('after', after, after_epoch), to: chosenTime('before', before, before_epoch) };
}

/** Those whose field is within the range. @throws invalid_params */
export function timeFilter(field: string, range: TimeRange): Filter {
  const { from, to } = boundsOf(range);
  if (from === undefined && to === undefined) return {};
  return { [field]: { ...(from === undefined ? {} : { $gt: from }), ...(to === undefined ? {} : { $lt: to }) } };
}

function unparseable(text: string, index: number) {
  return refuse(
    'invalid_params',
    `Unparseable date: Text '${cutToCharacters(text, 64)}' could not be parsed at index ${index}`,
  );
}

/** Where the text stops looking like a date. */
function badIndex(text: string): number {
  const bad = [...TEMPLATE].findIndex((expected, i) =>
    expected === 'd' ? !/\d/.test(text.charAt(i)) : text.charAt(i) !== expected,
  );
  return bad === -1 ? TEMPLATE.length : bad;
}
