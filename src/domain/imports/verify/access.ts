import type { Part } from '../../../store/collection.ts';
import type { ForeignDocument } from '../../../store/foreignDatabase.ts';
import { workspaceId } from '../../resources/collections.ts';
import { type Workspace, workspaces } from '../../resources/resource.ts';
import { heads } from '../../workspaces/head.ts';
import { pagesOf } from '../pages.ts';
import { number, text } from '../step.ts';
import { EVERYBODY, LEVELS, OWNER_PERMISSION, workspaceStep } from '../workspaceStep.ts';
import type { Comparison } from './comparison.ts';

const CHECK = 'permissions';
const HEADS = 'highest object numbers';
const fields = ['number', 'owners', 'grants', 'visibility'] as const;

/** What each user may do, by their id; everybody is `*`. */
type Rights = ReadonlyMap<string, string>;

/** Compares what every user may do in every workspace, and the highest number of an object that was ever given. */
export async function compareAccess(comparison: Comparison): Promise<void> {
  for await (const items of pagesOf(workspaceStep, comparison.sources)) {
    const found = items.map(({ document }) => document);
    await comparePermissions(comparison, found);
    await compareHeads(comparison, found);
  }
}

async function comparePermissions(comparison: Comparison, found: readonly ForeignDocument[]): Promise<void> {
  const { sources, database, users } = comparison;
  const filter = { id: { $in: found.map(({ ws }) => ws) } };
  const rows = (await sources.workspace.find('workspaceACLs', { filter })).filter(
    (row) => !sources.excluded.users.has(text(row, 'user')),
  );
  const idOf = await users.idsOf(rows.map((row) => text(row, 'user')).filter((name) => name !== EVERYBODY));
  const there = new Map(found.map((w) => [number(w, 'ws'), new Map<string, string>()]));
  for (const row of rows) {
    const name = text(row, 'user');
    there.get(number(row, 'id'))?.set(name === EVERYBODY ? EVERYBODY : idOf(name), levelOf(row));
  }
  const ids = found.map((w) => workspaceId(number(w, 'ws')));
  const present = await database.parts(workspaces, { _id: { $in: ids } }, { fields });
  const here = new Map(present.map((w) => [w.number, rightsHere(w)]));
  const nameOf = await users.namesOf([...there.values(), ...here.values()].flatMap((rights) => [...rights.keys()]));
  for (const [ws, rights] of there) {
    // A workspace that is missing is reported as such.
    const own: Rights = here.get(ws) ?? rights;
    for (const id of new Set([...rights.keys(), ...own.keys()])) {
      const [before, after] = [rights.get(id) ?? 'nothing', own.get(id) ?? 'nothing'];
      if (before !== after) comparison.differs(CHECK, `${ws}/${nameOf(id)}`, `${after}, and ${before} in KBase`);
    }
    comparison.count(CHECK, { inKbase: rights.size, here: own.size });
  }
}

function levelOf(row: ForeignDocument): string {
  const level = number(row, 'perm');
  return level === OWNER_PERMISSION ? 'owner' : (LEVELS.get(level) ?? `the unknown permission ${level}`);
}

function rightsHere({ owners, grants, visibility }: Part<Workspace, (typeof fields)[number]>): Rights {
  return new Map([
    // In KBase none expires.
    ...grants.map(({ principal, level, expires }) => [principal, expires ? `${level} for a time` : level] as const),
    ...owners.map((owner) => [owner, 'owner'] as const),
    ...(visibility === 'public' ? [[EVERYBODY, 'read'] as const] : []),
  ]);
}

async function compareHeads(comparison: Comparison, found: readonly ForeignDocument[]): Promise<void> {
  const ids = found.map((w) => workspaceId(number(w, 'ws')));
  const present = await comparison.database.parts(heads, { _id: { $in: ids } }, { fields: ['lastObject'] });
  const last = new Map(present.map(({ _id, lastObject }) => [_id, lastObject]));
  for (const w of found) {
    const here = last.get(workspaceId(number(w, 'ws'))) ?? 0;
    if (here !== number(w, 'numObj')) comparison.differs(HEADS, String(w.ws), `${here}, and ${w.numObj} in KBase`);
  }
  comparison.count(HEADS, { inKbase: found.length, here: found.length });
}
