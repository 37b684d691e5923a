import { refuse } from '../../base/errors.ts';
import type { Filter } from '../../store/collection.ts';
import { parseKbaseTime } from './parseTime.ts';

/** An instant as the KBase Workspace Service writes it: `2026-11-23T18:05:07+0000`. */
export function kbaseTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}+0000`;
}

/**
 * The instant that a text and its twin in epoch milliseconds mean.
 *
 * @param both what is said when both are given
 * @throws invalid_params when both are given, or the text cannot be read
 */
export function instantOf(text: string | undefined, epoch: number | undefined, both: string): Date | undefined {
  if (text !== undefined && epoch !== undefined) throw refuse('invalid_params', both);
  if (epoch !== undefined) return new Date(Math.min(Math.max(epoch, -8.64e15), 8.64e15));
  return text === undefined ? undefined : parseKbaseTime(text);
}

const chosenTime = (name: string, text: string | undefined, epoch: number | undefined) =>
  instantOf(text, epoch, `Cannot specify both timestamp and epoch for ${name} parameter`);

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
