import { asJson } from '../base/json/asJson.ts';
import { abbreviated } from '../base/text.ts';
import type { ApprovalRequest } from '../domain/approvals/request.ts';
import { rosters } from '../identity/roster.ts';
import { canonicalJson } from '../store/changes.ts';
import { inSlices } from '../store/slices.ts';

/** The first changes of a plan, as JSON text, and how many more there are. */
export interface ShownChanges {
  readonly text: string;
  readonly more: number;
}

/** More characters of JSON are not stored with a request. */
const MAX_CHARACTERS = 200_000;
/** How many differences a message names. */
const MAX_NAMED = 3;
const MAX_VALUE = 60;

export async function shownChanges(changes: readonly unknown[]): Promise<ShownChanges> {
  const shown: string[] = [];
  let characters = 0;
  await inSlices(changes, async (slice) => {
    for (const change of slice) {
      if (characters > MAX_CHARACTERS) return;
      const text = JSON.stringify(asJson(change));
      characters += text.length;
      if (characters <= MAX_CHARACTERS) shown.push(text);
    }
  });
  return { text: `[${shown.join(',')}]`, more: changes.length - shown.length };
}

type Field = Readonly<Record<string, unknown>>;
type Shown = Readonly<Record<string, unknown>> & { readonly fields?: readonly Field[] };

/** What a command would now do otherwise than its request says, in a sentence. */
export function changedSince({ changes }: Pick<ApprovalRequest, 'changes'>, now: ShownChanges): string {
  const before = byPlace(changes);
  const after = byPlace(now.text);
  const differences = [...new Set([...before.keys(), ...after.keys()])].flatMap((place) => {
    const [approved, found] = [before.get(place), after.get(place)];
    if (canonicalJson(approved) === canonicalJson(found)) return [];
    if (approved === undefined) return [`it would now also ${place}`];
    if (found === undefined) return [`it would no longer ${place}`];
    return [`it would ${place} with ${fieldsOf(found, approved)} instead of ${fieldsOf(approved, found)}`];
  });
  if (differences.length === 0) return 'What differs is not among the changes that the request shows.';
  const others = differences.length > MAX_NAMED ? `; and ${differences.length - MAX_NAMED} more differences` : '';
  return `What differs: ${differences.slice(0, MAX_NAMED).join('; ')}${others}.`;
}

/** The changes by what they do to which document. Every withdrawal of a right raises the roster's epoch. */
function byPlace(text: string): Map<string, Shown> {
  const changes = JSON.parse(text) as Shown[];
  return new Map(
    changes.flatMap((change): [string, Shown][] => {
      const { collection, id, op, fields } = change;
      if (typeof collection !== 'string') return [[`do this: ${short(change)}`, change]];
      const others = collection === rosters.name ? fields?.filter(({ path }) => path !== 'epoch') : fields;
      if (others?.length === 0) return [];
      return [
        [`${String(op)} ${collection}/${String(id)}`, others === undefined ? change : { ...change, fields: others }],
      ];
    }),
  );
}

/** What one change does that the other does not. */
function fieldsOf(change: Shown, other: Shown): string {
  const known = new Set((other.fields ?? []).map(canonicalJson));
  const own = (change.fields ?? []).filter((field) => !known.has(canonicalJson(field)));
  if (change.fields === undefined) return short(change.after ?? change.before);
  if (own.length === 0) return 'nothing more';
  return own
    .slice(0, MAX_NAMED)
    .map(({ path, before, after }) => `${String(path)} ${short(before)} → ${short(after)}`)
    .join(', ');
}

const short = (value: unknown): string =>
  abbreviated(value === undefined ? 'nothing' : JSON.stringify(value), MAX_VALUE);
