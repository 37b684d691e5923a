/** The sign, the digits without zeros at either end, and the power of ten of the first digit. */
interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly power: number;
}

/** Compares two JSON numbers exactly, as a sort function. */
export function compareDecimals(a: string, b: string): number {
  const [x, y] = [decimalOf(a), decimalOf(b)];
  if (x.sign !== y.sign) return x.sign - y.sign;
  if (x.power !== y.power) return x.power < y.power ? -x.sign : x.sign;
  // With the same power, digits compare as strings do: missing ones count as zeros.
  if (x.digits === y.digits) return 0;
  return x.digits < y.digits ? -x.sign : x.sign;
}

function decimalOf(text: string): Decimal {
  const [, minus, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = whole + fraction;
  const first = /[1-9]/.exec(all)?.index;
  if (first === undefined) return { sign: 0, digits: '', power: 0 };
  return {
    sign: minus === '-' ? -1 : 1,
    digits: withoutTrailingZeros(all.slice(first)),
    power: whole.length - first + Number(exponent),
  };
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
