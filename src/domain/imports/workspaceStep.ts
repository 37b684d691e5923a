import { groupBy } from '../../base/groupBy.ts';
import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { workspaceId } from '../resources/collections.ts';
import { type Grant, type GrantLevel, type Workspace, workspaces } from '../resources/resource.ts';
import { heads } from '../workspaces/head.ts';
import { freeNames } from './freeNames.ts';
import {
  checkedDocuments,
  documentStep,
  metaOf,
  number,
  readInOrder,
  text,
  type UserIds,
  type Wanted,
} from './step.ts';

/** The user of KBase's permissions that stands for everybody. */
export const EVERYBODY = '*';
/** KBase's number for the permission of the owner. */
export const OWNER_PERMISSION = 40;
/** KBase's numbers for permissions. */
export const LEVELS: ReadonlyMap<number, GrantLevel> = new Map([
  [10, 'read'],
  [20, 'write'],
  [30, 'admin'],
]);

/** Workspaces with their permissions. */
export const workspaceStep = documentStep<Workspace>({
  name: 'workspaces',
  collection: 'workspaces',
  database: 'workspace',
  into: workspaces,
  removable: ['description'],

  async *read({ workspace, excluded }, after) {
    // An unfinished clone has no name, and KBase shows it to nobody.
    const filter = { cloning: { $ne: true } };
    for await (const items of readInOrder(workspace, 'workspaces', { keys: ['ws'], after, filter })) {
      yield items.filter(({ document }) => !excluded.workspaces.has(number(document, 'ws')));
    }
  },

  async convert(sources, items) {
    const { excluded } = sources;
    const found = items.map(({ document }) => document);
    const all = await checkedDocuments(sources, 'workspaceACLs', { id: { $in: found.map(({ ws }) => ws) } });
    const rows = all.filter((row) => !excluded.users.has(text(row, 'user')));
    const permissions = groupBy(rows, (row) => number(row, 'id'));
    const users = [...found.map((w) => text(w, 'owner')), ...rows.map((row) => text(row, 'user'))];
    return {
      users: users.filter((name) => name !== EVERYBODY),
      documents: (idOf) => found.map((w) => workspaceOf(w, permissions.get(number(w, 'ws')) ?? [], idOf)),
    };
  },

  sourceOf: ({ number: ws }) => ({ ws }),

  async beside({ database }, items) {
    const found = items.map(({ document }) => document).filter((w) => number(w, 'numObj') > 0);
    await database.upsertEach(heads, found.map(headOf));
  },

  freeKeys: (tx, wanted) => freeNames(tx, workspaces, { wanted }),
});

/** The highest object number, which KBase never gives again, and the last change. */
function headOf(w: ForeignDocument) {
  const raise = { lastObject: number(w, 'numObj'), savedAt: w.moddate as Date };
  return { id: workspaceId(number(w, 'ws')), raise, insert: { ws: number(w, 'ws') } };
}

function workspaceOf(w: ForeignDocument, permissions: readonly ForeignDocument[], idOf: UserIds): Wanted<Workspace> {
  const owner = text(w, 'owner');
  const isPublic = permissions.some((row) => row.user === EVERYBODY);
  const grants: Grant[] = permissions.flatMap((row) => {
    const level = LEVELS.get(number(row, 'perm'));
    return level === undefined || row.user === EVERYBODY || row.user === owner
      ? []
      : [{ principal: idOf(text(row, 'user')), level }];
  });
  return {
    _id: workspaceId(number(w, 'ws')),
    type: 'workspace',
    number: number(w, 'ws'),
    name: text(w, 'name'),
    owners: [idOf(owner)],
    grants: grants.sort((a, b) => (a.principal < b.principal ? -1 : 1)),
    visibility: isPublic ? 'public' : 'private',
    deleted: w.del === true,
    locked: w.lock === true,
    ...(typeof w.desc === 'string' ? { description: w.desc } : {}),
    meta: metaOf(w.meta),
    createdAt: madeAt(w._id) ?? (w.moddate as Date),
    modifiedAt: w.moddate as Date,
  };
}
