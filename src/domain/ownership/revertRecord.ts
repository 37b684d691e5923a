import { isDeepStrictEqual } from 'node:util';
import { assertNotPruned } from '../../audit/log/removal.ts';
import { withAllChanges } from '../../audit/parts.ts';
import { findRecords } from '../../audit/query.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import { assertAllRights } from '../../identity/genuineAuthority.ts';
import { principals } from '../../identity/principal.ts';
import type { Change, FieldChange } from '../../store/changes.ts';
import { difference } from '../../store/changes.ts';
import type { Reader, Stored } from '../../store/collection.ts';
import { MAX_LARGE_CHANGE_BYTES } from '../../store/size.ts';
import {
  type FieldRule,
  type ImpliedCall,
  type InverseRule,
  KEPT,
  keepsAll,
  type Never,
  type Reversal,
  type Reverting,
} from './inverseRules.ts';
import { inverseOf } from './inverseTable.ts';
import { type Fields, type Mismatch, placeOf, undone } from './undo.ts';

/** What reverting a record changes. */
interface Planned {
  readonly record: AuditRecord;
  readonly reversals: readonly Ruled[];
}

interface Ruled extends Reversal {
  readonly rule: InverseRule;
}

interface Asked {
  /** The id of the record. */
  readonly record: string;
  readonly now: Date;
}

/**
 * Reverts what one record changed, all of it or nothing.
 *
 * @throws record_unknown, record_not_revertible, changed_since, and what the commands throw that would have the same effect
 */
export async function revertRecord(
  reverting: Pick<Reverting, 'tx' | 'by' | 'mayGive' | 'mayChangeRole' | 'authority'>,
  id: string,
): Promise<{ readonly reverted: string; readonly changed: string[] }> {
  const { tx } = reverting;
  assertAllRights(reverting.authority);
  const { record, reversals } = await reversalsOf(tx, { record: id, now: tx.now });
  if (record.changeParts !== undefined) tx.allowChange(MAX_LARGE_CHANGE_BYTES);
  const whole: Reverting = {
    ...reverting,
    removes: idsOf(reversals.filter(({ before }) => before === null)),
    makes: idsOf(reversals.filter(({ present }) => present === null)),
    cannot: (why) => notRevertible(record, why),
  };
  // Users who were erased come first: what else is given back may be theirs.
  const isErased = ({ of, present }: Reversal) => of.name === principals.name && present === null;
  for (const part of [reversals.filter(isErased), reversals.filter((each) => !isErased(each))]) {
    for (const { rule, ...reversal } of part) await rule.check?.(whole, reversal);
    for (const { rule, ...reversal } of part) await (rule.apply ?? write)(whole, reversal);
  }
  for (const rule of new Set(reversals.map((reversal) => reversal.rule))) {
    await rule.settle?.(
      whole,
      reversals.filter((reversal) => reversal.rule === rule),
    );
  }
  tellOf(tx, reversals);
  return { reverted: record.id, changed: reversals.map(({ of, id: each }) => `${of.name}/${each}`) };
}

const idsOf = (reversals: readonly Reversal[]): ReadonlySet<string> => new Set(reversals.map(({ id }) => id));

async function write({ tx }: Reverting, { of, present, before }: Reversal): Promise<void> {
  if (present === null && before !== null) {
    const { revision: _, ...fields } = before;
    await tx.insert(of, fields);
  } else if (present !== null && before === null) await tx.remove(of, present);
  else if (present !== null && before !== null) await tx.update(of, present, before);
}

/**
 * The calls that would have the effect of reverting a record: whoever reverts it must be allowed to make each of them.
 *
 * @throws record_unknown, record_not_revertible, changed_since
 */
export async function callsOfRevert(reader: Reader, asked: Asked): Promise<readonly ImpliedCall[]> {
  const { reversals } = await reversalsOf(reader, asked);
  const calls = new Map<string, ImpliedCall>();
  for (const { rule, ...reversal } of reversals) {
    for (const call of await callsFor(reader, { rule, reversal, now: asked.now })) {
      calls.set(JSON.stringify(call), call);
    }
  }
  return [...calls.values()];
}

interface Effect {
  readonly rule: InverseRule;
  readonly reversal: Reversal;
  readonly now: Date;
}

async function callsFor(reader: Reader, { rule, reversal, now }: Effect): Promise<readonly ImpliedCall[]> {
  const { present, before } = reversal;
  if (present !== null && before !== null) {
    const calls: ImpliedCall[] = [];
    for (const change of reversal.fields) {
      const { field, ...item } = placeOf(change.path);
      const callsOf = fieldsOf(rule)[field];
      if (typeof callsOf !== 'function') continue;
      calls.push(...(await callsOf({ ...change, ...item, now }, { ...reversal, present, before }, reader)));
    }
    return calls;
  }
  const callsOf = before === null ? rule.inserted : rule.removed;
  const document = present ?? before;
  if (typeof callsOf !== 'function' || document === null) return [];
  return callsOf(document, reader);
}

const fieldsOf = ({ fields }: InverseRule) => fields as Readonly<Record<string, FieldRule | undefined>>;

/** @throws record_unknown, record_not_revertible, changed_since */
async function reversalsOf(reader: Reader, { record: id, now }: Asked): Promise<Planned> {
  const [found] = (await findRecords(reader, { record: id })).records;
  if (found === undefined) {
    await assertNotPruned(reader, id);
    throw refuse('record_unknown', id);
  }
  const record = await withAllChanges(reader, found);
  const { changes } = record;
  assertOfCall(record);
  if (changes.length === 0) throw notRevertible(record, 'it changed nothing');
  const states = new Map<string, State>();
  for (const change of changes.toReversed()) {
    const rule = inverseOf(change.collection, change.id);
    if (rule === undefined) throw notRevertible(record, notInTable(change));
    if (keepsAll(rule)) continue;
    const place = `${rule.of.name}/${change.id}`;
    const state = states.get(place) ?? (await stateOf(reader, rule, change.id));
    states.set(place, { ...state, before: backBy({ record, rule, change, now }, state.before) });
  }
  const reversals = [...states.values()].flatMap(reversalIn);
  if (reversals.length === 0) throw notRevertible(record, whyNothing(changes));
  return { record, reversals };
}

/** What is to be written, if anything. */
function reversalIn({ rule, present, before, id }: State): readonly Ruled[] {
  const { of } = rule;
  if (present === null || before === null) {
    return present === before ? [] : [{ of, id, present, rule, before, fields: [] }];
  }
  const wanted = { of, id, present, before, fields: difference(of, present, before) };
  const adapted = rule.adapt?.(wanted) ?? before;
  const fields = difference(of, present, adapted);
  return fields.length === 0 ? [] : [{ of, id, present, rule, before: adapted, fields }];
}

/** A document as it is, and as it was before the changes that were undone so far. */
interface State {
  readonly rule: InverseRule;
  readonly id: string;
  readonly present: Stored | null;
  readonly before: Stored | null;
}

async function stateOf(reader: Reader, rule: InverseRule, id: string): Promise<State> {
  const present = await reader.get(rule.of, id);
  return { rule, id, present, before: present };
}

/** @throws record_not_revertible */
function assertOfCall(record: AuditRecord): void {
  const { outcome, via, params } = record;
  if (outcome !== 'success') throw notRevertible(record, `nothing was carried out (its outcome is ${outcome})`);
  if (via === 'command' || via === 'method') return;
  const job = (params as { readonly job?: unknown } | undefined)?.job;
  throw notRevertible(
    record,
    typeof job === 'string'
      ? `it is a part of the job ${job}, which revertJob reverts`
      : 'only what somebody did with a command or a method is reverted',
  );
}

/** Why changes that are about to be made could never be reverted; undefined if they could, as long as nothing else changes. */
export function whyNotRevertible(changes: readonly Change[]): string | undefined {
  for (const change of changes.toReversed()) {
    const rule = inverseOf(change.collection, change.id);
    const why = rule === undefined ? notInTable(change) : obstacleTo(rule, change);
    if (why !== undefined) return why;
  }
  const isKept = ({ collection, id }: Change) => inverseOf(collection, id)?.inserted === KEPT;
  return changes.length > 0 && changes.every(isKept) ? whyNothing(changes) : undefined;
}

const notInTable = ({ collection }: Change): string => `only the service itself changes the collection ${collection}`;

/** Why a change is not reverted, whatever the documents are like by then. */
function obstacleTo(rule: InverseRule, change: Change): string | undefined {
  if (change.op === 'insert') return neverIn(rule.inserted) ?? rule.staying?.(change.after as Stored);
  if (change.op === 'remove') return neverIn(rule.removed) ?? rule.gone?.(change.before as Stored);
  if (keepsAll(rule)) return undefined;
  for (const { path } of change.fields) {
    const { field } = placeOf(path);
    const calls = fieldsOf(rule)[field];
    const byNone = `no command changes the field ${field} in the collection ${rule.of.name}`;
    const why = calls === undefined ? (rule.otherwise ?? byNone) : neverIn(calls);
    if (why !== undefined) return why;
  }
  return undefined;
}

const neverIn = (what: unknown): string | undefined => (isNever(what) ? what.never : undefined);

interface Step {
  readonly record: AuditRecord;
  readonly rule: InverseRule;
  readonly change: Change;
  readonly now: Date;
}

/** The document before a change, from the one after it. @throws record_not_revertible, changed_since */
function backBy(step: Step, after: Stored | null): Stored | null {
  const { record, rule, change } = step;
  const obstacle = obstacleTo(rule, change);
  if (obstacle !== undefined) throw notRevertible(record, obstacle);
  switch (change.op) {
    case 'insert': {
      if (rule.inserted === KEPT) return after;
      assertAsInserted(step, after, change.after as Fields);
      return null;
    }
    case 'remove': {
      if (rule.removed === KEPT) return after;
      const exists = { path: '_id', expected: undefined, found: change.id };
      if (after !== null) throw changedSince(step, exists);
      return change.before as Stored;
    }
    case 'update': {
      const fields = change.fields.filter(({ path }) => fieldsOf(rule)[placeOf(path).field] !== KEPT);
      if (fields.length === 0) return after;
      if (after === null) throw changedSince(step, { path: '_id', expected: change.id, found: undefined });
      return undo(step, after, fields);
    }
  }
}

function undo(step: Step, after: Stored, fields: readonly FieldChange[]): Stored {
  const { rule, now } = step;
  const counting = rule.counting;
  const { before, mismatches } = undone(after, fields, {
    keyedLists: rule.of.keyedLists,
    ...(counting === undefined ? {} : { counting: (item: unknown) => counting(item, now) }),
  });
  const [mismatch] = mismatches;
  if (mismatch !== undefined) throw changedSince(step, mismatch);
  return before;
}

/** A document that the record inserted must still be what it was; what records do not show is not compared. */
function assertAsInserted(step: Step, present: Stored | null, inserted: Fields): void {
  const { rule } = step;
  const { secrets, sensitive, long, digests } = rule.of;
  if (present === null) throw changedSince(step, { path: '_id', expected: inserted._id, found: undefined });
  const unseen = ['revision', ...secrets, ...sensitive, ...long, ...digests];
  const found = present as unknown as Fields;
  for (const path of new Set([...Object.keys(inserted), ...Object.keys(found)])) {
    if (unseen.includes(path) || isDeepStrictEqual(inserted[path], found[path])) continue;
    throw changedSince(step, { path, expected: inserted[path], found: found[path] });
  }
}

const isNever = (value: unknown): value is Never => typeof value === 'object' && value !== null && 'never' in value;

function whyNothing(changes: readonly Change[]): string {
  const why = changes
    .map(({ collection, id }) => inverseOf(collection, id)?.otherwise)
    .find((one) => one !== undefined);
  return why ?? 'what it changed is as it was before';
}

const notRevertible = ({ id, command }: AuditRecord, why: string) => refuse('record_not_revertible', id, command, why);

function changedSince({ record, change }: Step, { path, expected, found }: Mismatch) {
  const what = `${change.collection}/${change.id}`;
  return refuse('changed_since', record.id, record.command, what, path, shown(found), shown(expected));
}

const MAX_SHOWN = 200;

const shown = (value: unknown): string =>
  value === undefined ? 'absent' : cutToCharacters(JSON.stringify(value), MAX_SHOWN);

/** Notifies users who get a resource back, or lose it. */
function tellOf(tx: Reverting['tx'], reversals: readonly Reversal[]): void {
  for (const { present, before } of reversals) {
    const [is, was] = [present, before] as unknown as (Owned | null)[];
    if (!isOwned(is) || !isOwned(was)) continue;
    const what = `${was.type} ${was.name}`;
    const users = (ids: readonly string[], others: readonly string[]) =>
      ids.filter((id) => !others.includes(id) && !id.startsWith('role-'));
    for (const to of users(was.owners, is.owners)) {
      tx.notify({
        to,
        about: 'resourcesGiven',
        text: `You are given ${what} again: a change of its owner was reverted.`,
      });
    }
    for (const to of users(is.owners, was.owners)) {
      tx.notify({
        to,
        about: 'resourcesTaken',
        text: `You no longer own ${what}: a change of its owner was reverted.`,
      });
    }
  }
}

interface Owned {
  readonly type: string;
  readonly name: string;
  readonly owners: readonly string[];
}

const isOwned = (value: Owned | null | undefined): value is Owned =>
  value !== null && value !== undefined && typeof value.type === 'string' && Array.isArray(value.owners);
