import { cutToCharacters } from '../../../base/text.ts';
import type { Range } from '../dataType.ts';
import { Problem } from './specError.ts';

const INVALID = 'Error in specifying the valid range of a number';
const MAX_DIGITS = 400;

/**
 * Bounds such as `[0,1]`, `(0,1)` or `]0,1[` (exclusive), `0,` or `,10`. Without brackets they are inclusive.
 *
 * @throws Problem
 */
export function readRange(text: string): Range {
  if (text === '') throw new Problem('range annotation without specifying a range is invalid');
  const minExclusive = text.startsWith('(') || text.startsWith(']');
  const maxExclusive = text.endsWith(')') || text.endsWith('[');
  const bounds = text
    .replace(/^[[(\]]/, '')
    .replace(/[\])[]$/, '')
    .split(',');
  if (bounds.length > 2) throw new Problem(`${INVALID}, too many commas given`);
  const [min, max] = bounds.map((bound, i) => (bound === '' ? undefined : decimal(bound, i === 0 ? 'min' : 'max')));
  if (min !== undefined && max !== undefined && compareDecimals(min, max) > 0) {
    throw new Problem('Error in specifying a valid range, min value was greater than max value.');
  }
  return {
    ...(min === undefined ? {} : { min, ...(minExclusive ? { minExclusive } : {}) }),
    ...(max === undefined ? {} : { max, ...(maxExclusive ? { maxExclusive } : {}) }),
  };
}

/** The same bounds for integers: rounded inwards; a bound that was rounded is inclusive. */
export function integerRange({ min, max, minExclusive = false, maxExclusive = false }: Range): Range {
  const low = min === undefined ? undefined : rounded(min, 'up');
  const high = max === undefined ? undefined : rounded(max, 'down');
  return {
    ...(low === undefined ? {} : { min: low, ...(minExclusive && isWhole(min) ? { minExclusive } : {}) }),
    ...(high === undefined ? {} : { max: high, ...(maxExclusive && isWhole(max) ? { maxExclusive } : {}) }),
  };
}

/** Compares two decimals in the form of {@link decimalText}: negative, zero or positive. */
function compareDecimals(a: string, b: string): number {
  const places = Math.max(fractionOf(a).length, fractionOf(b).length);
  const difference = scaled(a, places) - scaled(b, places);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** @throws Problem */
function decimal(text: string, side: 'min' | 'max'): string {
  const found = decimalText(text);
  if (found === undefined) throw new Problem(`${INVALID}, invalid ${side}imum value: ${cutToCharacters(text, 64)}`);
  return found;
}

/** Plain decimal text, such as `1000` for `1e3`; undefined if it is not a number or has too many digits. */
export function decimalText(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (sign === undefined || digits === '' || digits.length > MAX_DIGITS || Math.abs(point) > MAX_DIGITS) {
    return undefined;
  }
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(at);
  return `${sign === '-' ? '-' : ''}${integer}${rest === '' ? '' : `.${rest}`}`;
}

const fractionOf = (text: string) => text.split('.')[1] ?? '';
const isWhole = (text = '') => /^0*$/.test(fractionOf(text));
const scaled = (text: string, places: number) =>
  BigInt(text.replace('.', '') + '0'.repeat(places - fractionOf(text).length));

function rounded(text: string, direction: 'up' | 'down'): string {
  const whole = BigInt(text.split('.')[0] ?? '0');
  if (isWhole(text)) return whole.toString();
  const negative = text.startsWith('-');
  if (direction === 'up') return (negative ? whole : whole + 1n).toString();
  return (negative ? whole - 1n : whole).toString();
}
