import { Tooltip } from '@mantine/core';

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant in the reader's time zone, with the exact one on hover and focus. */
export function Instant({ at }: { readonly at: string }) {
  // KBase writes the offset without a colon, which not every browser reads.
  const date = new Date(at.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return (
    <Tooltip label={at} events={{ hover: true, focus: true, touch: true }}>
      <time dateTime={at} style={{ whiteSpace: 'nowrap' }}>
        {FORMAT.format(date)}
      </time>
    </Tooltip>
  );
}
