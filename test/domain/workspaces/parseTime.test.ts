import { describe, expect, it } from 'vitest';
import { parseKbaseTime } from '../../../src/domain/workspaces/parseTime.ts';

function message(text: string): string {
  try {
    return `${text} is ${parseKbaseTime(text).toISOString()}`;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a time in KBase's format", () => {
  it.each([
    ['2013-04-26T23:52:06Z', '2013-04-26T23:52:06.000Z'],
    ['2013-04-26T23:52:06-0800', '2013-04-27T07:52:06.000Z'],
    ['2013-04-26T23:52:06+08:00', '2013-04-26T15:52:06.000Z'],
    ['2013-04-26T23:52:06.1Z', '2013-04-26T23:52:06.100Z'],
    ['2013-04-26T23:52:06.12+0130', '2013-04-26T22:22:06.120Z'],
    ['2013-04-26T23:52:06.123-1800', '2013-04-27T17:52:06.123Z'],
    ['2013-02-30T23:52:06Z', '2013-02-28T23:52:06.000Z'],
    ['2012-02-31T23:52:06Z', '2012-02-29T23:52:06.000Z'],
    ['2013-04-31T23:52:06Z', '2013-04-30T23:52:06.000Z'],
    ['2013-04-30T24:00:00-0800', '2013-05-01T08:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s', (text, instant) => {
    expect(parseKbaseTime(text).toISOString()).toBe(instant);
  });

  it.each([
    ['2013-04-26T23:52:06-8000', ', unparsed text found at index 19'],
    ['2013-04-26T23:52:06+0560', ', unparsed text found at index 19'],
    ['2013-04-26T23:52:06+05', ', unparsed text found at index 19'],
    ['2013-04-26T23:52:06z', ', unparsed text found at index 19'],
    ['2013-04-26T23:52:06.1234Z', ', unparsed text found at index 23'],
    ['2013-04-26T23:52:06-0800Z', ', unparsed text found at index 24'],
    ['2013-04-26T23:52:06+08:00Z', ', unparsed text found at index 25'],
    ['2013-04-35T23:52:06-0800', ': Invalid value for DayOfMonth (valid values 1 - 28/31): 35'],
    ['2013-13-41T25:52:06Z', ': Invalid value for MonthOfYear (valid values 1 - 12): 13'],
    ['2013-04-26T25:52:06-0800', ': Invalid value for HourOfDay (valid values 0 - 23): 25'],
    ['2013-04-26T24:00:01Z', ': Invalid value for HourOfDay (valid values 0 - 23): 24'],
    ['2013-04-26T23:60:06Z', ': Invalid value for MinuteOfHour (valid values 0 - 59): 60'],
    ['2013-04-26T23:52:60Z', ': Invalid value for SecondOfMinute (valid values 0 - 59): 60'],
    ['0000-04-26T23:52:06Z', ': Invalid value for YearOfEra (valid values 1 - 999999999/1000000000): 0'],
    ['2013-04-26T23:52:06+1801', ': Zone offset not in valid range: -18:00 to +18:00'],
    ['2013-4-26T23:52:06Z', ' at index 5'],
    ['2013-04-2xT23:52:06Z', ' at index 8'],
    ['2013-04-26 23:52:06Z', ' at index 10'],
    ['2013-04-26T23:52:6Z', ' at index 17'],
    ['12013-04-26T23:52:06Z', ' at index 0'],
    ['', ' at index 0'],
    ['2013', ' at index 4'],
  ])("is refused with Java's message: %s", (text, why) => {
    expect(message(text)).toBe(`Unparseable date: Text '${text}' could not be parsed${why}`);
  });

  it('is refused without a time zone', () => {
    expect(() => parseKbaseTime('2013-04-26T23:52:06')).toThrow(
      "Date '2013-04-26T23:52:06' does not have time zone information",
    );
  });
});
