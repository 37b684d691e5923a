import { catalogue, codeOf, type Reason } from '../../base/errors.ts';
import type { Reference } from './components.ts';

/** The message of an error, with its arguments as ‹names›. */
export function messageShape(reason: Reason): string {
  const { places, text }: { readonly places: readonly string[]; readonly text: (...args: never[]) => string } =
    catalogue[reason].message;
  return text(...(places.map((place) => `‹${place}›`) as never[]));
}

/** The catalogue by code, since several reasons share one; `data` of the answer names the reason. */
export const errorComponents: Readonly<Record<string, object>> = Object.fromEntries(
  [...byCode()].map(([code, reasons]) => [
    `code${code}`,
    {
      code,
      message: reasons.length === 1 ? (reasons[0]?.message ?? '') : 'One of the reasons in data, named in data.reason',
      data: { reasons },
    },
  ]),
);

/** Every call may fail with any of them. */
export const errorReferences: readonly Reference[] = Object.keys(errorComponents).map((name) => ({
  $ref: `#/components/errors/${name}`,
}));

interface ReasonShown {
  readonly reason: string;
  readonly kind: string;
  readonly message: string;
  readonly advice: string;
}

function byCode(): Map<number, ReasonShown[]> {
  const found = new Map<number, ReasonShown[]>();
  for (const reason of Object.keys(catalogue) as Reason[]) {
    // Calls are never made with GET.
    if (reason === 'http_get') continue;
    const { kind, advice } = catalogue[reason];
    const code = codeOf(reason);
    found.set(code, [...(found.get(code) ?? []), { reason, kind, message: messageShape(reason), advice }]);
  }
  return found;
}
