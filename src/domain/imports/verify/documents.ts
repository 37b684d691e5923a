import { difference, type FieldChange } from '../../../store/changes.ts';
import type { Stored } from '../../../store/collection.ts';
import type { ForeignDocument } from '../../../store/foreignDatabase.ts';
import { inParts, pagesOf } from '../pages.ts';
import type { DocumentStep, Item } from '../step.ts';
import type { Comparison } from './comparison.ts';

const PAGE = 1_000;
const MAX_SHOWN = 200;

/** Compared user by user in a check of its own. */
const ACCESS_FIELDS = ['owners', 'grants', 'visibility'];

/** Compares every document with what KBase's becomes by the tables, and finds those that KBase does not have. */
export async function compareDocuments(comparison: Comparison, step: DocumentStep): Promise<void> {
  const { sources, database, users } = comparison;
  let here = 0;
  const comparePart = async (items: readonly Item[]) => {
    const converted = await step.convert(sources, items);
    const wanted = converted.documents(await users.idsOf(converted.users));
    const found = await database.find(step.into, { _id: { $in: wanted.map(({ _id }) => _id) } });
    const byId = new Map(found.map((document) => [document._id, document]));
    for (const document of wanted) compareDocument(comparison, step, { document, present: byId.get(document._id) });
    here += found.length;
    comparison.count(step.name, { inKbase: wanted.length, here: found.length });
  };
  for await (const items of pagesOf(step, sources)) await inParts(step, items, comparePart);
  const surplus = (await database.count(step.into, {})) - here;
  if (surplus > 0) comparison.count(step.name, { inKbase: 0, here: await findSurplus(comparison, step) });
}

function compareDocument(
  comparison: Comparison,
  step: DocumentStep,
  { document, present }: { readonly document: { readonly _id: string }; readonly present: Stored | undefined },
): void {
  const id = kbaseId(step, document._id);
  if (present === undefined) {
    comparison.differs(step.name, id, 'it is missing here');
    return;
  }
  for (const change of difference(step.into, { ...document, revision: present.revision }, present)) {
    if (isOfAccess(step, change)) continue;
    comparison.differs(step.name, id, `${change.path} is ${shown(change.after)}, and ${shown(change.before)} in KBase`);
  }
}

const isOfAccess = ({ into }: DocumentStep, { path }: FieldChange): boolean =>
  into.name === 'workspaces' && ACCESS_FIELDS.some((field) => path === field || path.startsWith(`${field}[`));

/** KBase numbers workspaces, objects and versions: `1/2/3` instead of `ws1/2/3`. */
const kbaseId = ({ database }: DocumentStep, id: string): string =>
  database === 'workspace' ? id.replace(/^ws/, '') : id;

function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** @returns how many documents KBase does not have */
async function findSurplus(comparison: Comparison, step: DocumentStep): Promise<number> {
  const { sources, database } = comparison;
  let surplus = 0;
  for (let after = ''; ; ) {
    const page = await database.find(step.into, { _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) return surplus;
    after = last._id;
    const keys = page.map((document) => step.sourceOf(document));
    const fields = Object.keys(keys[0] ?? {});
    const keyOf = (one: ForeignDocument) => JSON.stringify(fields.map((field) => one[field]));
    const found = await sources[step.database].find(step.collection, { filter: { $or: keys }, fields });
    const inKbase = new Set(found.map(keyOf));
    for (const [i, document] of page.entries()) {
      if (inKbase.has(keyOf(keys[i] ?? {}))) continue;
      surplus += 1;
      comparison.differs(step.name, kbaseId(step, document._id), 'KBase does not have it');
    }
  }
}
