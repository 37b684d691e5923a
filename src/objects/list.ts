import type { ActingAs } from '../access/actingAs.ts';
import { accessFields, decide } from '../access/decide.ts';
import type { People } from '../identity/people.ts';
import type { ListObjects, ObjectInfo } from '../schemas/generated.ts';
import type { Filter, Part, Reader } from '../store/collection.ts';
import { readWorkspaces, type WorkspacePart } from '../workspaces/identity.ts';
import { ownGrant, permit } from '../workspaces/permit.ts';
import { isDeleted, presentFilter } from './deleted.ts';
import { type InfoPart, infoFields, metaFields, objectInfo } from './info.ts';
import { type Listing, listingOf } from './listing.ts';
import { objectId, objects, type StoredObject, versionId, versions } from './object.ts';

/** Fewer are never read at once: what is left out of a batch is read with the next. */
const LEAST_BATCH = 1_000;

const placeFields = [...accessFields, 'undeletions'] as const;
const objectFields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden'] as const;

type Place = WorkspacePart<(typeof placeFields)[number]>;
type Listed = Part<StoredObject, (typeof objectFields)[number]>;
type Pair = readonly [Listed, InfoPart];

/** What a list is made from. */
interface Source {
  readonly reader: Reader;
  readonly who: ActingAs;
  readonly listing: Listing;
  readonly places: ReadonlyMap<number, Place>;
}

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
  who: ActingAs,
  params: ListObjects['params'],
): Promise<ObjectInfo[]> {
  const listing = await listingOf(reader, params);
  const { workspaces, withMeta } = listing;
  const placeOf = await readWorkspaces(reader, workspaces, { fields: placeFields, items: ownGrant(who) });
  const places = new Map<number, Place>();
  for (const identifier of workspaces) {
    const place = placeOf(identifier);
    permit(who, 'read', 'read', identifier, place);
    places.set(place.number, place);
  }
  const source = { reader, who, listing, places };
  const found = listing.versions === undefined && !listing.allVersions ? await newest(source) : await matching(source);
  const nameOf = await people.names(found.map(([, version]) => version.savedBy));
  return found.map(([object, version]) =>
    objectInfo({ object, workspace: places.get(object.ws) ?? { name: '' } }, version, nameOf, withMeta),
  );
}

/** The newest versions, found by their objects. */
async function newest(source: Source): Promise<Pair[]> {
  const { reader, listing, places } = source;
  const flags = { ...(listing.hiddenToo ? {} : { hidden: false }), ...presence(source) };
  const found = await pages(source, async (segment, limit) => {
    const filter = { $and: [segment, listing.ids, flags] };
    const options = { sort: { ws: 1, id: 1 } as const, limit };
    return reader.parts(objects, filter, { fields: objectFields }, options);
  });
  const shown = found.filter((object) => isShown(source, object, places));
  const kept = shown.slice(0, listing.limit);
  const ids = kept.map(({ ws, id, latest }) => versionId(ws, id, latest));
  const wanted = { fields: listing.withMeta ? [...infoFields, ...metaFields] : infoFields };
  const read = await reader.parts(versions, { _id: { $in: ids } }, wanted);
  const byId = new Map(read.map((v) => [v._id, v]));
  return kept.flatMap((object): Pair[] => {
    const version = byId.get(versionId(object.ws, object.id, object.latest));
    return version === undefined ? [] : [[object, version]];
  });
}
