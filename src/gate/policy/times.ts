import type { PolicyTimes } from '../../base/schemas/generated.ts';

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const MINUTES_A_DAY = 24 * 60;

interface LocalTime {
  /** 0 for Monday. */
  readonly weekday: number;
  /** Since midnight. */
  readonly minute: number;
}

/**
 * Whether an instant is within the times of a rule. Hours that go over midnight belong to the day on which they begin.
 *
 * @throws RangeError for a time zone that is not known
 */
export function timesMatcher({ from, until, weekdays, hours, timezone = 'UTC' }: PolicyTimes): (at: Date) => boolean {
  const earliest = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
  const end = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  const days = new Set((weekdays ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day)));
  const local = localTimeIn(timezone);
  const [begin, stop] = hours === undefined ? [0, MINUTES_A_DAY] : minutesOf(hours);
  const always = weekdays === undefined && hours === undefined;
  return (at) => {
    const time = at.getTime();
    if (time < earliest || time >= end) return false;
    if (always) return true;
    const { weekday, minute } = local(at);
    if (begin < stop) return days.has(weekday) && minute >= begin && minute < stop;
    if (minute >= begin) return days.has(weekday);
    return minute < stop && days.has((weekday + 6) % 7);
  };
}

function minutesOf(hours: string): [number, number] {
  const [begin = 0, stop = 0] = hours.split('-').map((time) => {
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    return hour * 60 + minute;
  });
  return [begin, stop];
}

/** The local time in a zone. Many rules ask for the same instant, so the last answer is kept. */
function localTimeIn(timeZone: string): (at: Date) => LocalTime {
  const options = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-US', options);
  let last: { readonly minuteOfEpoch: number; readonly time: LocalTime } | undefined;
  return (at) => {
    const minuteOfEpoch = Math.floor(at.getTime() / 60_000);
    if (last?.minuteOfEpoch === minuteOfEpoch) return last.time;
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const weekday = WEEKDAYS.indexOf(parts.get('weekday')?.toLowerCase() as (typeof WEEKDAYS)[number]);
    const time = { weekday, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
    last = { minuteOfEpoch, time };
    return time;
  };
}
