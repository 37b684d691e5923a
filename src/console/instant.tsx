import { Tooltip } from '@mantine/core';

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant in the reader's time zone, with the exact one on hover and focus. */
export function Instant({ at }: { readonly at: string }) {
  return (
    <Tooltip label={at} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at}>{FORMAT.format(new Date(at))}</time>
    </Tooltip>
  );
}
