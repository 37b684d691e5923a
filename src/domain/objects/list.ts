import type { ListObjects, ObjectInfo } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Reader } from '../../store/collection.ts';
import { accessFields, decide } from '../access/decide.ts';
import { readWorkspaces, type WorkspacePart } from '../workspaces/identity.ts';
import { ownGrant, permit } from '../workspaces/permit.ts';
import { isDeleted } from './deleted.ts';
import { objectInfo } from './info.ts';
import { type Listing, listingOf } from './listing.ts';
import { type Page, pageOfObjects, pageOfVersions } from './pages.ts';

/** Fewer are never read at once: what is left out of a page is made up for by the next. */
const LEAST_READ = 1_000;

const placeFields = [...accessFields, 'undeletions'] as const;
type Place = WorkspacePart<(typeof placeFields)[number]>;

/**
 * Objects of up to 10,000 workspaces: always by workspace and object id, the newer version first. Filters look at the
 * newest version of an object alone, unless all versions are asked for. Deleted objects are shown where who asks may
 * write.
 *
 * @throws workspace_missing, workspace_deleted, permission_denied, and what listingOf throws
 */
export async function listObjects(
  reader: Reader,
  people: People,
  who: Authority,
  params: ListObjects['params'],
): Promise<ObjectInfo[]> {
  const listing = await listingOf(reader, params);
  const places = await placesOf(reader, who, listing);
  const found = await collect(reader, who, listing, places);
  const nameOf = await people.names(found.map(({ version }) => version.savedBy));
  return found.map(({ object, version, workspace }) =>
    objectInfo({ object, workspace }, version, nameOf, listing.withMeta),
  );
}

async function placesOf(reader: Reader, who: Authority, { workspaces }: Listing): Promise<ReadonlyMap<number, Place>> {
  const placeOf = await readWorkspaces(reader, workspaces, { fields: placeFields, items: ownGrant(who) });
  const places = workspaces.map((identifier) => {
    const place = placeOf(identifier);
    permit(who, 'read', 'read', identifier, place);
    return place;
  });
  return new Map(places.map((place) => [place.number, place]));
}

type Shown = Page['found'][number] & { readonly workspace: Place };

async function collect(
  reader: Reader,
  who: Authority,
  listing: Listing,
  places: ReadonlyMap<number, Place>,
): Promise<Shown[]> {
  const { limit, deleted } = listing;
  const writable = new Set([...places.values()].filter((w) => decide(who, 'write', w).allowed).map((w) => w.number));
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
    const page = await read(reader, listing, [...places.values()], start, Math.max(limit - found.length, LEAST_READ));
    for (const pair of page.found) found.push(...shown(pair));
    if (found.length >= limit || page.next === undefined) return found.slice(0, limit);
    start = page.next;
  }
}
