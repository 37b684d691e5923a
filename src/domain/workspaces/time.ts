import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { Filter } from '../../store/collection.ts';
import { parseKbaseTime } from './parseTime.ts';

/** A time in the format of the KBase Workspace Service: `2026-11-23T18:05:07+0000`. */
export function kbaseTime(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}+0000`;
}

/**
 * The time that is given as text or as epoch milliseconds.
 *
 * @param both the message when both are given
 * @throws invalid_params when both are given, or the text cannot be parsed
 */
export function instantOf(text: string | undefined, epoch: number | undefined, both: string): Date | undefined {
  if (text !== undefined && epoch !== undefined) throw refuse('invalid_params', both);
  if (epoch !== undefined) return new Date(Math.min(Math.max(epoch, -8.64e15), 8.64e15));
  return text === undefined ? undefined : parseKbaseTime(text);
}

const chosenTime = (name: string, text: string | undefined, epoch: number | undefined) =>
  instantOf(text, epoch, `Cannot specify both timestamp and epoch for ${name} parameter`);

/** A range of times with exclusive bounds. */
export interface TimeRange {
  readonly after?: string;
  readonly after_epoch?: number;
  readonly before?: string;
  readonly before_epoch?: number;
}

/** @throws invalid_params */
export function boundsOf({ after, after_epoch, before, before_epoch }: TimeRange): {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
} {
  return { from: chosenTime('after', after, after_epoch), to: chosenTime('before', before, before_epoch) };
}

/** The filter for a field within the range. @throws invalid_params */
export function timeFilter(field: string, range: TimeRange): Filter {
  const { from, to } = boundsOf(range);
  if (from === undefined && to === undefined) return {};
  return { [field]: defined({ $gt: from, $lt: to }) };
}
