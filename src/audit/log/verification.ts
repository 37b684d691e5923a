import type { AuditReport, AuditFinding as Finding } from '../../base/schemas/generated.ts';
import type { Database } from '../../store/database.ts';
import { besideLog } from './beside.ts';
import { type Checkpoint, parseCheckpoint, type SignedCheckpoint, verifiedCheckpoint } from './checkpoint.ts';
import { leavesBetween, MissingNodeError, rangeAt, storedNodes } from './nodes.ts';
import { checkOrder, type OrderPlace, orderStart } from './orderCheck.ts';
import { checkRecords, type Suspect } from './segmentCheck.ts';
import { logHead, type Segment, segmentsFrom, segmentWith } from './segments.ts';
import { NoteError, parseNote, type VerifierKey } from './signedNote.ts';
import { prunedBelow } from './snapshots.ts';
import { CompactRange } from './tree.ts';

/** A checkpoint that the log is compared with. */
export interface KnownRoot {
  readonly size: number;
  /** In Base64. */
  readonly root: string;
  /** `head`: the newest one of the log itself. `kept`: one that somebody kept elsewhere. */
  readonly from: 'head' | 'kept';
}

/** How far a witness has cosigned. */
export interface Cosigned {
  readonly witness: string;
  /** The id of its key. */
  readonly key: string;
  readonly size: number;
  readonly at: string;
}

/** How far a verification has come. It can be stored, and continued by another instance. */
export interface Verification {
  /** The records that are checked: from this one to before `to`. Only whole segments are. */
  readonly from: number;
  readonly to: number;
  readonly next: number;
  /** The peaks of the tree over the records before `next`, in Base64. */
  readonly peaks: readonly string[];
  /** Set once the leaves are not those that were signed, so that the tree behind them cannot be computed. */
  readonly lost?: true;
  readonly phase: 'segments' | 'beside' | 'order' | 'done';
  readonly roots: readonly KnownRoot[];
  /** How many of `roots` were agreed with. */
  readonly checkpoints: number;
  readonly receipts: number;
  readonly pruned: number;
  /** How far each witness has cosigned, by the kept checkpoints. Verifications of earlier versions have none. */
  readonly cosigned?: readonly Cosigned[];
  /** The ids of the batches in the checked range. */
  readonly ids?: { readonly lowest: string; readonly highest: string };
  /** The last batch that was looked up, in the phase `beside`. */
  readonly after?: string;
  /** How far the order was compared with that of the commits, in the phase `order`. */
  readonly order?: OrderPlace;
  readonly findings: readonly Finding[];
  /** How many findings are not listed. */
  readonly more: number;
}

/** The list is part of the job, whose every change is recorded. */
const MAX_FINDINGS = 200;

/** How many records one step checks, and for how long, at most. */
const STEP_RECORDS = 20_000;
const STEP_MS = 4_000;

interface Parts {
  readonly database: Database;
  readonly keys: readonly VerifierKey[];
  /** Those that are trusted, whatever the database says. */
  readonly known: readonly VerifierKey[];
}

export interface Beginning {
  readonly from: number;
  readonly to: number;
  readonly roots: readonly KnownRoot[];
  readonly receipts: number;
  readonly cosigned?: readonly Cosigned[] | undefined;
  readonly findings: readonly Finding[];
}

/** Finds where the verification begins, and whether the tree before that is the one that was signed. */
export async function beginVerification(
  parts: Parts,
  { from, to, roots, receipts, cosigned = [], findings }: Beginning,
): Promise<Verification> {
  const segment = await segmentWith(parts.database, from);
  const first = segment !== undefined && segment.size > from ? segment.first : from;
  const begun: Verification = {
    ...{ from: first, to, next: first, peaks: [], phase: 'segments', roots, receipts, cosigned },
    ...{ checkpoints: 0, pruned: 0, findings: [], more: 0 },
  };
  const started = await startAt(parts, begun);
  return withFindings(started, findings);
}

async function startAt({ database, keys }: Parts, state: Verification): Promise<Verification> {
  const { from } = state;
  if (from === 0) return compared(state, new CompactRange());
  const nodes = storedNodes(database);
  try {
    const range = await rangeAt(from, nodes);
    const previous = await segmentWith(database, from - 1);
    const signed = previous === undefined ? undefined : checkedNote(previous.checkpoint, keys);
    const agrees = signed !== undefined && 'root' in signed && signed.size === from && signed.root.equals(range.root());
    const placed = { ...state, peaks: inBase64(range) };
    if (agrees) return compared(placed, range);
    const message = `The log before record ${from} is not the one that was signed: verify it from the beginning.`;
    return withFindings({ ...placed, lost: true }, [{ kind: 'seal_edited', seq: from - 1, message }]);
  } catch (error) {
    if (!(error instanceof MissingNodeError)) throw error;
    const message = `The log before record ${from} is not whole: verify it from the beginning.`;
    return withFindings({ ...state, lost: true }, [{ kind: 'missing', seq: from - 1, message }]);
  }
}

/** Goes on with the verification for some seconds. */
export async function continueVerification(parts: Parts, begun: Verification): Promise<Verification> {
  const until = performance.now() + STEP_MS;
  let state = begun;
  if (state.phase === 'segments') {
    const { next } = state;
    state = await throughSegments(parts, state, () => performance.now() > until);
    if (state.phase === 'segments' && state.next === next) throw new TypeError('the verification did not go on');
  } else if (state.phase === 'beside') {
    state = await throughBatches(parts.database, state, () => performance.now() > until);
  } else if (state.phase === 'order') {
    state = await throughCommits(parts.database, state, () => performance.now() > until);
  }
  return state;
}

async function throughSegments(parts: Parts, begun: Verification, isOver: () => boolean): Promise<Verification> {
  const pruned = await prunedBelow(parts.database, parts.known);
  let state = begun;
  const enough = begun.next + STEP_RECORDS;
  for await (const segment of segmentsFrom(parts.database, state.next)) {
    if (segment.size <= state.next && segment.first < begun.next) continue;
    // Behind the range there may be another segment with records of it.
    if (state.next >= state.to && segment.first >= state.next) {
      state = await withEnd(parts.database, state, segment);
      break;
    }
    const isPaused = state.next < state.to && state.next > begun.next && (isOver() || state.next >= enough);
    if (isPaused) return state;
    state = await throughSegment(parts, state, { segment, prunedBelow: pruned });
  }
  if (state.next < state.to) {
    const message = `The log has ${state.to} records, but its segments end after ${state.next}.`;
    state = withFindings(state, [{ kind: 'truncated', seq: state.next, message }]);
  }
  return { ...state, to: state.next, phase: 'beside' };
}

/** Checks that the head of the log knows of the segment behind the range. */
async function withEnd(database: Database, state: Verification, segment: Segment): Promise<Verification> {
  // Read after the segment, with which it changes.
  const { size } = await logHead(database);
  if (size >= segment.size) return state;
  const message = `The log should end after ${size} records, but has a segment up to record ${segment.size - 1}.`;
  return withFindings(state, [{ kind: 'fork', seq: size, message }]);
}

interface SegmentIn {
  readonly segment: Segment;
  /** Records before this one may have been removed by the retention. */
  readonly prunedBelow: number;
}

async function throughSegment(
  { database, keys }: Parts,
  begun: Verification,
  { segment, prunedBelow }: SegmentIn,
): Promise<Verification> {
  const { first, size, batches } = segment;
  let state = begun;
  if (first < state.next) {
    const message = `Two segments have record ${first}: one goes to ${state.next - 1}, the other to ${size - 1}.`;
    return withFindings(state, [{ kind: 'fork', seq: first, message }]);
  }
  if (first > state.next) {
    const message = `The segments with records ${state.next} to ${first - 1} are missing.`;
    state = withFindings({ ...state, lost: true, next: first }, [{ kind: 'missing', seq: state.next, message }]);
  }
  const counted = batches.reduce((sum, { count }) => sum + count, 0);
  const leaves = leavesIn(segment);
  if (leaves === undefined || counted !== size - first) {
    const message = `The segment of records ${first} to ${size - 1} has not as many leaves or batches.`;
    return withFindings({ ...state, lost: true, next: size }, [{ kind: 'seal_edited', seq: first, message }]);
  }
  const { findings, suspects, pruned } = await checkRecords(database, segment, prunedBelow);
  const ids = batches.map(({ id }) => id).concat(state.ids === undefined ? [] : Object.values(state.ids));
  const sorted = ids.toSorted();
  state = { ...state, pruned: state.pruned + pruned, ids: { lowest: sorted[0] ?? '', highest: sorted.at(-1) ?? '' } };
  state = withFindings(state, findings);
  return state.lost
    ? withFindings({ ...state, next: size }, [...explained(suspects, leaves, first)])
    : throughTree({ segment, leaves, suspects, keys }, state);
}

interface SealToCheck {
  readonly segment: Segment;
  readonly leaves: readonly Buffer[];
  readonly suspects: readonly Suspect[];
  readonly keys: readonly VerifierKey[];
}

/** Compares the tree with the segment's nodes, with its signed note, and with kept checkpoints of its sizes. */
function throughTree({ segment, leaves, suspects, keys }: SealToCheck, state: Verification): Verification {
  const { first, size } = segment;
  const signed = checkedNote(segment.checkpoint, keys);
  const findings: Finding[] = 'kind' in signed ? [{ ...signed, seq: first }] : [];
  const known = [
    ...state.roots.filter((root) => root.size > first && root.size <= size),
    ...('kind' in signed
      ? []
      : [{ size: signed.size, root: signed.root.toString('base64'), from: 'segment' as const }]),
  ];
  const before = { size: first, peaks: state.peaks };
  const asSealed = appended(before, leaves, known);
  const corrected = leaves.slice();
  for (const { seq, found } of suspects) corrected[seq - first] = found;
  const asFound = suspects.length === 0 ? asSealed : appended(before, corrected, known);
  // Whoever edits only the leaves of the log leaves the records as they were signed.
  const isEditedSeal = !asSealed.agrees && asFound.agrees && suspects.length > 0;
  const tree = isEditedSeal ? asFound : asSealed;
  if (isEditedSeal) {
    for (const { seq, record } of suspects) {
      const message = `Record ${seq} is as it was signed, but the log has another leaf for it.`;
      findings.push({ kind: 'seal_edited', seq, record, message });
    }
  } else findings.push(...explained(suspects, leaves, first));
  if (!('kind' in signed)) findings.push(...sizeFinding(signed, segment));
  for (const { size: at, from } of tree.differing) findings.push(difference(at, { from, first, size }));
  const nodes =
    JSON.stringify(tree.nodes) === JSON.stringify(segment.roots.map(({ level, hash }) => ({ level, hash })));
  if (!nodes && tree.differing.length === 0) {
    const message = `The segment of records ${first} to ${size - 1} has other nodes of the tree than its leaves give.`;
    findings.push({ kind: 'seal_edited', seq: first, message });
  }
  const lost = tree.differing.some(({ from }) => from === 'segment') ? ({ lost: true } as const) : {};
  const checkpoints = state.checkpoints + tree.agreeing.filter(({ from }) => from !== 'segment').length;
  return withFindings({ ...state, ...lost, next: size, peaks: tree.peaks, checkpoints }, findings);
}

function sizeFinding({ size }: Checkpoint, segment: Segment): Finding[] {
  if (size === segment.size) return [];
  const message = `The segment of records ${segment.first} to ${segment.size - 1} has a checkpoint for ${size} records.`;
  return [{ kind: 'checkpoint_invalid', seq: segment.first, message }];
}

function difference(
  at: number,
  {
    from,
    first,
    size,
  }: { readonly from: KnownRoot['from'] | 'segment'; readonly first: number; readonly size: number },
): Finding {
  switch (from) {
    case 'segment': {
      const message = `The leaves of records ${first} to ${size - 1} are not those that were signed. The tree behind them is not checked.`;
      return { kind: 'seal_edited', seq: first, message };
    }
    case 'head': {
      const message = `The newest checkpoint of ${at} records is not that of the segments.`;
      return { kind: 'seal_edited', seq: first, message };
    }
    case 'kept': {
      const message = `The first ${at} records are not those that the log had when it signed the kept checkpoint.`;
      return { kind: 'rewritten', seq: at - 1, message };
    }
  }
}

interface Appended {
  readonly peaks: readonly string[];
  readonly nodes: readonly { readonly level: number; readonly hash: string }[];
  readonly agreeing: readonly AnyRoot[];
  readonly differing: readonly AnyRoot[];
  /** Whether it agrees with the note of the segment, if that is signed, and else with all others. */
  readonly agrees: boolean;
}

type AnyRoot = Omit<KnownRoot, 'from'> & { readonly from: KnownRoot['from'] | 'segment' };

function appended(
  before: { readonly size: number; readonly peaks: readonly string[] },
  leaves: readonly Buffer[],
  known: readonly AnyRoot[],
): Appended {
  const range = rangeOf(before.size, before.peaks);
  const nodes: { level: number; hash: string }[] = [];
  const agreeing: AnyRoot[] = [];
  const differing: AnyRoot[] = [];
  for (const leaf of leaves) {
    for (const { level, index, hash } of range.append(leaf)) {
      if (index * 2 ** level < before.size) nodes.push({ level, hash: hash.toString('base64') });
    }
    for (const root of known) {
      if (root.size !== range.size) continue;
      (root.root === range.root().toString('base64') ? agreeing : differing).push(root);
    }
  }
  return { peaks: inBase64(range), nodes, agreeing, differing, agrees: differing.length === 0 };
}

/** Says what has become of the suspects. */
function explained(suspects: readonly Suspect[], leaves: readonly Buffer[], first: number): Finding[] {
  const places = new Map(suspects.map(({ seq }) => [leaves[seq - first]?.toString('hex'), seq]));
  return suspects.map(({ seq, record, found, other }) => {
    const elsewhere = places.get(found.toString('hex'));
    if (elsewhere !== undefined || other !== undefined) {
      const message = `In the place of record ${seq} stands record ${elsewhere ?? other}.`;
      return { kind: 'reordered', seq, record, message };
    }
    return { kind: 'edited', seq, record, message: `Record ${seq} is not as it was when it was sealed.` };
  });
}

/** Looks for records in the database that are not in the log, although the sealer has passed their time. */
async function throughBatches(database: Database, begun: Verification, isOver: () => boolean): Promise<Verification> {
  const { size } = await logHead(database);
  let state = begun;
  const { ids } = state;
  const isWhole = state.from === 0 && state.to >= size;
  const start = state.after ?? (state.from === 0 ? '' : (ids?.lowest ?? ''));
  for await (const { last, beside } of besideLog(database, start)) {
    for (const { id, leaves, isInserted } of beside) {
      if (!isInserted || (!isWhole && (ids === undefined || id > ids.highest))) continue;
      const found = leaves.map((_, place): Finding => {
        const message = 'The record is in the database, but not in the log, which has later ones.';
        return { kind: 'inserted', record: `${id}-${place}`, message };
      });
      state = withFindings(state, found);
    }
    if (!isWhole && (ids === undefined || last > ids.highest)) return { ...state, phase: 'order' };
    state = { ...state, after: last };
    if (isOver()) return state;
  }
  return { ...state, phase: 'order' };
}

/** Compares the order of the log with that of the commits, as far back as the oplog has them. */
async function throughCommits(database: Database, state: Verification, isOver: () => boolean): Promise<Verification> {
  const { order, ...rest } = state;
  const start = order ?? (await orderStart(database, state));
  if (start === undefined) return { ...rest, phase: 'done' };
  const { next, findings } = await checkOrder(database, start, { to: state.to, isOver });
  const found = withFindings(rest, findings);
  return next === undefined ? { ...found, phase: 'done' } : { ...found, order: next };
}

/** The checkpoint, if it is signed by one of the keys; else what is wrong with it. */
export function checkedNote(note: string, keys: readonly VerifierKey[]): SignedCheckpoint | Omit<Finding, 'seq'> {
  try {
    parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { kind: 'checkpoint_invalid', message: error.message };
  }
  try {
    return verifiedCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { kind: 'signature_invalid', message: error.message };
  }
}

/** Compares an empty tree, or the tree before the first segment, with checkpoints of its size. */
function compared(state: Verification, range: CompactRange): Verification {
  const here = state.roots.filter(({ size }) => size === range.size);
  const agreeing = here.filter(({ root }) => root === range.root().toString('base64'));
  const differing = here.filter((root) => !agreeing.includes(root));
  const findings = differing.map(({ size, from }) => difference(size, { from, first: size, size }));
  return withFindings({ ...state, checkpoints: state.checkpoints + agreeing.length }, findings);
}

function leavesIn(segment: Segment): Buffer[] | undefined {
  try {
    return leavesBetween(segment, segment.first, segment.size);
  } catch (error) {
    if (error instanceof MissingNodeError) return undefined;
    throw error;
  }
}

function withFindings(state: Verification, found: readonly Finding[]): Verification {
  const findings = [...state.findings, ...found].slice(0, MAX_FINDINGS);
  const more = state.more + state.findings.length + found.length - findings.length;
  return { ...state, findings, more };
}

const inBase64 = (range: CompactRange) => range.peaks.map((peak) => peak.toString('base64'));
const rangeOf = (size: number, peaks: readonly string[]) =>
  new CompactRange(
    size,
    peaks.map((peak) => Buffer.from(peak, 'base64')),
  );

/** What a verification says about what it has checked. */
export function reportOf(state: Verification): AuditReport {
  const { from, next, peaks, lost, findings, more, pruned, checkpoints, receipts, cosigned = [] } = state;
  const root = lost ? {} : { root: rangeOf(next, peaks).root().toString('base64') };
  return {
    ...{ ok: findings.length === 0, checked: { from, to: next }, size: next, ...root, pruned, checkpoints, receipts },
    cosigned: cosigned.map(({ witness, size, at }) => ({ witness, size, at })),
    ...{ findings: [...findings], ...(more === 0 ? {} : { more }) },
  };
}
