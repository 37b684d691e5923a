import { type ReadableChange, readableChanges } from '../base/readableChanges.ts';
import type { RecordedChange, ShownNames } from '../base/schemas/generated.ts';
import { abbreviated } from '../base/text.ts';
import { jsonLines, onOneLine } from './terminal.ts';

/** How many documents, and fields of each, are named. */
const MAX_NAMED = 3;
/** An id has 36. */
const MAX_VALUE = 40;

const SIGN = { insert: '+', remove: '-', update: '~' } as const;

/** What a record changed, on one line: the first documents, their fields before and after, and how many more there are. */
export function changeSummary(recorded: readonly RecordedChange[], names: ShownNames | undefined): string {
  const changes = readableChanges(recorded, names);
  const named = changes.slice(0, MAX_NAMED).map(summaryOf);
  const more = changes.length > MAX_NAMED ? [`and ${changes.length - MAX_NAMED} more`] : [];
  return onOneLine([...named, ...more].join('; '));
}

function summaryOf(change: ReadableChange): string {
  const name = nameOf(change);
  const document = `${SIGN[change.op]}${change.collection} ${name ?? change.id}`;
  const fields = change.fields ?? [];
  const shown = fields.slice(0, MAX_NAMED).map(({ path, before, after }) => {
    if (before === undefined) return `+${path} ${short(after)}`;
    return after === undefined ? `-${path} ${short(before)}` : `${path} ${short(before)} → ${short(after)}`;
  });
  const more = fields.length > MAX_NAMED ? [`${fields.length - MAX_NAMED} more fields`] : [];
  return [document, [...shown, ...more].join(', ')].join(' ').trimEnd();
}

/** The document that a change is of, with its type and name as far as they are known. */
export function placeOf(change: ReadableChange): string {
  const name = nameOf(change);
  return `${change.collection}/${change.id}${name === undefined ? '' : ` (${name})`}`;
}

/** The type of the document that a change adds or removes, and the name of any, as far as they are known. */
function nameOf({ before, after, name: known }: ReadableChange): string | undefined {
  const document = (before ?? after ?? {}) as Readonly<Record<string, unknown>>;
  const name = [document.name, document.username, known].find((each) => typeof each === 'string');
  const words = [document.type, name].filter((each) => typeof each === 'string');
  return words.length === 0 ? undefined : words.join(' ');
}

function short(value: unknown): string {
  if (typeof value === 'string') return abbreviated(value, MAX_VALUE);
  const json = jsonLines(value);
  if (json.length <= MAX_VALUE) return json;
  return Array.isArray(value) ? '[…]' : '{…}';
}
