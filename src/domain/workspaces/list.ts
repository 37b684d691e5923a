import type {
  ListWorkspaceIDsParams,
  ListWorkspaceIDsResult,
  ListWorkspaceInfoParams,
} from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import { USERS_IF_KNOWN } from '../../identity/nameRules.ts';
import type { People } from '../../identity/people.ts';
import { resolveToShow } from '../../identity/resolver.ts';
import type { Filter, Reader } from '../../store/collection.ts';
import { RevisionCache } from '../../store/revisionCache.ts';
import type { ReadAccess } from '../access/context.ts';
import { accessFields, decide } from '../access/decide.ts';
import { levelOfLetter } from '../access/kbase.ts';
import { accessFilter, openToAll } from '../access/reach.ts';
import { workspaces } from '../resources/resource.ts';
import { changedAt, headsOf } from './head.ts';
import { type InfoPart, infoFields } from './info.ts';
import type { ListedWorkspace } from './infosAsJson.ts';
import { metaFilter } from './meta.ts';
import { ownGrant } from './permit.ts';
import { boundsOf } from './time.ts';

const BY_NUMBER = { number: 1 } as const;

/**
 * The workspaces that the caller can read, ordered by id.
 *
 * @throws permission_unknown, username_invalid, metadata_invalid, invalid_params
 */
export async function listWorkspaces(
  { reader, authority }: ReadAccess,
  params: ListWorkspaceInfoParams,
): Promise<ListedWorkspace[]> {
  const { perm, excludeGlobal = 0, showDeleted = 0, showOnlyDeleted = 0 } = params;
  const least = levelOfLetter(perm ?? 'n');
  const { from, to } = boundsOf(params);
  const filters = [
    await ownersFilter(reader, params.owners),
    metaFilter(params.meta),
    // Workspaces that were changed too late; those into which an object was saved too late are filtered out below.
    to === undefined ? {} : { modifiedAt: { $lt: to } },
  ];
  if (showOnlyDeleted !== 0) filters.push({ deleted: true });
  else if (showDeleted === 0) filters.push({ deleted: false });
  const found = await readable(
    { reader, authority },
    accessFilter(authority, { least, everybodyToo: excludeGlobal === 0 }, filters),
    infoFields,
  );
  // Only the owner sees deleted workspaces.
  const known = found.filter((w) => !w.deleted || decide(authority, 'delete', w).allowed);
  const headOf = await headsOf(
    reader,
    known.map((w) => w._id),
  );
  return known
    .map((workspace) => ({ workspace, head: headOf(workspace._id) }))
    .filter(({ workspace, head }) => {
      const at = changedAt(workspace, head);
      return (from === undefined || at > from) && (to === undefined || at < to);
    });
}

/**
 * The ids of the workspaces that the caller can read: in `workspaces` by their own rights, in `pub` because everybody
 * can. With `onlyGlobal`, all that everybody can read, in `pub`.
 *
 * @throws permission_unknown
 */
export async function listWorkspaceIds(
  reader: Reader,
  authority: Authority,
  { perm, excludeGlobal = 1, onlyGlobal = 0 }: ListWorkspaceIDsParams,
): Promise<ListWorkspaceIDsResult> {
  const least = levelOfLetter(perm ?? 'n');
  const filters = [{ deleted: false }];
  if (onlyGlobal !== 0) {
    const open = await readable({ reader, authority }, openToAll(least, filters), accessFields);
    return { workspaces: [], pub: open.map((w) => w.number) };
  }
  const found = await readable(
    { reader, authority },
    accessFilter(authority, { least, everybodyToo: excludeGlobal === 0 }, filters),
    accessFields,
  );
  const own = (w: (typeof found)[number]) => decide(authority, 'read', w).reason !== 'public';
  return {
    workspaces: found.filter(own).map((w) => w.number),
    pub: found.filter((w) => !own(w)).map((w) => w.number),
  };
}

/** The names of all owners of workspaces, including deleted ones. */
export async function listWorkspaceOwners(reader: Reader, people: People): Promise<string[]> {
  const owners = (await reader.distinct(workspaces, 'owners', {})) as string[];
  return owners.map(await people.names(owners)).sort();
}

/** These fields of the workspaces, ordered by id. */
async function readable<K extends (typeof infoFields)[number]>(
  { reader, authority }: ReadAccess,
  filter: Filter | undefined,
  fields: readonly K[],
): Promise<InfoPart[]> {
  if (filter === undefined) return [];
  const wanted = { fields: [...fields, 'number', 'name', 'deleted'] as const, items: ownGrant(authority) };
  const options = { sort: BY_NUMBER };
  return (await RevisionCache.of(reader).parts(workspaces, filter, { ...wanted, ...options })) as unknown as InfoPart[];
}

async function ownersFilter(reader: Reader, owners: readonly string[] | undefined): Promise<Filter> {
  if (owners === undefined || owners.length === 0) return {};
  const names = owners.map((name) => name ?? '');
  const found = await resolveToShow(reader, names, { ...USERS_IF_KNOWN, formerToo: true });
  return { owners: { $in: found.map(({ id }) => id) } };
}
