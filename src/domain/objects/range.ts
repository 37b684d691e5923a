import { compareDecimals } from '../../base/json/decimal.ts';
import { abbreviated } from '../../base/text.ts';
import type { DataType } from '../modules/dataType.ts';

type NumberType = DataType & { kind: 'int' | 'float' };

/** Every integer with at most this many digits is a Java long. */
const LONG_DIGITS = 18;

/**
 * What is wrong with a number that is outside the range of its type, as the KBase Workspace Service 0.15 words it: the
 * number and the limits of a float are shown as Java doubles, the limits of an int as integers.
 */
export function rangeProblem({ kind, range }: NumberType, text: string): string | undefined {
  if (range === undefined) return undefined;
  const { min, max, minExclusive = false, maxExclusive = false } = range;
  const shown = kind === 'int' && !isLong(text) ? abbreviated(text, 64) : javaDouble(Number(text));
  const below = min === undefined ? 1 : compareDecimals(text, min);
  const above = max === undefined ? -1 : compareDecimals(text, max);
  if (min !== undefined && (below < 0 || (below === 0 && minExclusive))) {
    const limit = limitShown(kind, min, { exclusive: minExclusive, round: Math.ceil });
    return `Number value given (${shown}) was less than minimum value accepted (${limit})`;
  }
  if (max !== undefined && (above > 0 || (above === 0 && maxExclusive))) {
    const limit = limitShown(kind, max, { exclusive: maxExclusive, round: Math.floor });
    return `Number value given (${shown}) was more than maximum value accepted (${limit})`;
  }
  return undefined;
}

interface Limit {
  readonly exclusive: boolean;
  readonly round: (value: number) => number;
}

/** A fractional limit of an int is shown as the nearest integer within the range, which is inclusive. */
function limitShown(kind: NumberType['kind'], text: string, { exclusive, round }: Limit): string {
  const fractional = kind === 'int' && !Number.isInteger(Number(text));
  const value = kind === 'float' ? javaDouble(Number(text)) : fractional ? String(round(Number(text))) : text;
  return `${value}, ${exclusive && !fractional ? 'exclusive' : 'inclusive'}`;
}

const isLong = (text: string) => text.replace(/^-/, '').length <= LONG_DIGITS;

/** A number as Java's `Double.toString` writes it: `100.0`, `1.5`, `1.0E7`, `1.0E-4`. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}
