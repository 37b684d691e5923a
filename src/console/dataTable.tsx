import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';

export interface Column<T> {
  readonly title: string;
  readonly cell: (row: T) => ReactNode;
}

interface Props<T> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** Called when the last row comes into view. */
  readonly onEnd?: () => void;
}

/** An estimate; rows are measured once they are shown. */
const ROW_HEIGHT = 45;
const OVERSCAN = 12;

/**
 * A table that scrolls within itself, also by keyboard, and holds only the rows in view, however many there are. On a
 * narrow screen each row is a block with the titles beside the values.
 */
export function DataTable<T>({ label, columns, rows, keyOf, onEnd }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const rowVirtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => keyOf(rows[index] as T),
    overscan: OVERSCAN,
    // The library's default makes React render within an effect, which it warns of.
    useFlushSync: false,
  });
  const shown = rowVirtualizer.getVirtualItems();
  const last = shown.at(-1);
  const isAtEnd = last !== undefined && last.index === rows.length - 1;
  useEffect(() => {
    if (isAtEnd) onEnd?.();
  }, [isAtEnd, onEnd]);
  const above = shown[0]?.start ?? 0;
  const below = last === undefined ? 0 : rowVirtualizer.getTotalSize() - last.end;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="data-table" ref={scroller} tabIndex={0} aria-label={label}>
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} columns={columns.length} />
          {shown.map(({ index, key }) => {
            const row = rows[index] as T;
            return (
              <tr key={key} ref={rowVirtualizer.measureElement} data-index={index} aria-rowindex={index + 2}>
                {columns.map(({ title, cell }) => (
                  <td key={title} data-title={title}>
                    {cell(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          <Spacer height={below} columns={columns.length} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that are not shown. */
function Spacer({ height, columns }: { readonly height: number; readonly columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden className="spacer">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}
