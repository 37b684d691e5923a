import { catalogue, codeOf, type Reason } from '../../base/errors.ts';
import { groupBy } from '../../base/groupBy.ts';
import type { Reference } from './components.ts';

/** The message of an error, with its arguments as ‹names›. */
export function messageShape(reason: Reason): string {
  const { places, text }: { readonly places: readonly string[]; readonly text: (...args: never[]) => string } =
    catalogue[reason].message;
  return text(...(places.map((place) => `‹${place}›`) as never[]));
}

/** Calls are never made with GET. */
const reasonsOfCalls = (Object.keys(catalogue) as Reason[]).filter((reason) => reason !== 'http_get');

/** The catalogue by code, since several reasons share one; `data` of the answer names the reason. */
export const errorComponents: Readonly<Record<string, object>> = Object.fromEntries(
  [...groupBy(reasonsOfCalls, codeOf)].map(([code, all]) => {
    const reasons = all.map((reason) => {
      const { kind, advice } = catalogue[reason];
      return { reason, kind, message: messageShape(reason), advice };
    });
    const [first] = reasons;
    const message = reasons.length === 1 ? first?.message : 'One of the reasons in data, named in data.reason';
    return [`code${code}`, { code, message, data: { reasons } }];
  }),
);

/** Every call may fail with any of them. */
export const errorReferences: readonly Reference[] = Object.keys(errorComponents).map((name) => ({
  $ref: `#/components/errors/${name}`,
}));
