import type { JsonText } from '../../base/json/jsonText.ts';
import type { ListObjects, ObjectInfo } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import type { ReadAccess, ReadContext } from '../access/context.ts';
import { accessFields, decide } from '../access/decide.ts';
import { readWorkspaces, type WorkspacePart } from '../workspaces/identity.ts';
import { assertPermitted, ownGrant } from '../workspaces/permit.ts';
import { isDeleted } from './deleted.ts';
import { objectInfo } from './info.ts';
import { type Listing, parseListing } from './listing.ts';
import { type Page, pageOfObjects, pageOfVersions } from './pages.ts';
import { rowsAsJson } from './rows.ts';

/** The fewest objects that a query reads; those that are not shown are made up for by the next query. */
const MIN_READ = 1_000;

const workspaceFields = [...accessFields, 'undeletions'] as const;
type ObjectWorkspace = WorkspacePart<(typeof workspaceFields)[number]>;

/**
 * Objects of up to 10,000 workspaces, ordered by workspace and object id, the newer version first. Filters apply to the
 * newest version of an object, unless all versions are asked for. Deleted objects are shown to callers who may write.
 *
 * @throws workspace_missing, workspace_deleted, permission_denied, and what listingOf throws
 */
export async function listObjects(context: ReadContext, params: ListObjects['params']): Promise<ObjectInfo[]> {
  const { listing, found } = await listed(context, params);
  const nameOf = await context.people.names(found.map(({ version }) => version.savedBy));
  return found.map((shown) => objectInfo(shown, shown.version, { nameOf, withMeta: listing.withMeta }));
}

/** The same as JSON. @throws what listObjects throws */
export async function listObjectsAsJson(context: ReadContext, params: ListObjects['params']): Promise<JsonText> {
  const { listing, found } = await listed(context, params);
  return rowsAsJson(context.people, found, listing.withMeta);
}

async function listed({ reader, authority }: ReadContext, params: ListObjects['params']) {
  const listing = await parseListing(reader, params);
  const places = await placesOf(reader, authority, listing);
  return { listing, found: await collect({ reader, authority }, listing, places) };
}

async function placesOf(
  reader: Reader,
  authority: Authority,
  { workspaces }: Listing,
): Promise<ReadonlyMap<number, ObjectWorkspace>> {
  const placeOf = await readWorkspaces(reader, workspaces, { fields: workspaceFields, items: ownGrant(authority) });
  const places = workspaces.map((identifier) => {
    const place = placeOf(identifier);
    assertPermitted(authority, { verb: 'read', identifier, workspace: place });
    return place;
  });
  return new Map(places.map((place) => [place.number, place]));
}

type Shown = Page['found'][number] & { readonly workspace: ObjectWorkspace };

async function collect(
  { reader, authority }: ReadAccess,
  listing: Listing,
  places: ReadonlyMap<number, ObjectWorkspace>,
): Promise<Shown[]> {
  const { limit, deleted } = listing;
  const writable = new Set(
    [...places.values()].filter((w) => decide(authority, 'write', w).allowed).map((w) => w.number),
  );
  const shown = ({ object, version }: Page['found'][number]): Shown[] => {
    const workspace = places.get(object.ws);
    if (workspace === undefined || (object.hidden && !listing.hiddenToo)) return [];
    if (!listing.allVersions && version.version !== object.latest) return [];
    const gone = isDeleted(object, workspace);
    const wanted = gone ? deleted !== 'never' && writable.has(object.ws) : deleted !== 'only';
    return wanted ? [{ object, version, workspace }] : [];
  };
  const read = listing.versions === undefined && !listing.allVersions ? pageOfObjects : pageOfVersions;
  const found: Shown[] = [];
  let start = listing.start;
  for (;;) {
    const most = Math.max(limit - found.length, MIN_READ);
    const page = await read(reader, listing, { places: [...places.values()], start, most });
    for (const pair of page.found) found.push(...shown(pair));
    if (found.length >= limit || page.next === undefined) return found.slice(0, limit);
    start = page.next;
  }
}
