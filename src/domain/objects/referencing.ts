import { refuse } from '../../base/errors.ts';
import type { ObjectIdentity, ObjectInfo } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import type { ReadContext } from '../access/context.ts';
import { objectIdentifiersOf, parseReference } from './identify.ts';
import { infosOf } from './info.ts';
import { type Located, locate, noVersion, referenceOf } from './locate.ts';
import type { Reference } from './object.ts';
import { orNull } from './refusals.ts';
import { referrersOf } from './search.ts';

type Identities = readonly (ObjectIdentity | null)[];

/**
 * The infos, with metadata, of the versions that refer to each of these objects in data or provenance and that the
 * caller may read.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
 */
export async function listReferencingObjects(
  { reader, people, authority }: ReadContext,
  identities: Identities,
): Promise<ObjectInfo[][]> {
  const targets = await readable(reader, authority, identities);
  const referrers = await referrersOf(reader, new Set(targets));
  const all = [...new Set([...referrers.values()].flat())];
  const identifiers = all.map((reference) => parseReference(reference));
  const locator = await locate(reader, authority, identifiers);
  const located = identifiers.map((i) => orNull(() => locator.permitted(i, 'read')));
  const infos = await infosOf({ reader, people }, located, true);
  const infoOf = new Map(all.map((reference, i) => [reference, infos[i] ?? null]));
  return targets.map((target) => (referrers.get(target) ?? []).flatMap((r) => wrapped(infoOf.get(r))));
}

/**
 * How many versions refer to each of these objects, including those that the caller may not read.
 *
 * @throws what listReferencingObjects throws
 */
export async function countReferencingObjects(
  reader: Reader,
  authority: Authority,
  identities: Identities,
): Promise<number[]> {
  const identifiers = objectIdentifiersOf(identities);
  const locator = await locate(reader, authority, identifiers);
  const targets = identifiers.map(({ version, ...identifier }) => {
    const located = locator.permitted(identifier, 'read');
    return referenceOf({ ...located, version: countedVersion(located, version) });
  });
  const referrers = await referrersOf(reader, new Set(targets));
  return targets.map((target) => (referrers.get(target) ?? []).length);
}

/** @throws object_missing, in which KBase does not name the workspace here */
function countedVersion({ workspace, object }: Located, version = object.latest): number {
  if (version <= object.latest) return version;
  throw refuse('object_missing', `${noVersion(object, version)} exists in workspace ${workspace.number}`);
}

async function readable(reader: Reader, authority: Authority, identities: Identities): Promise<Reference[]> {
  const identifiers = objectIdentifiersOf(identities);
  const locator = await locate(reader, authority, identifiers);
  return identifiers.map((i) => referenceOf(locator.permitted(i, 'read')));
}

/** Wrapped for flatMap, which would flatten the tuple itself. */
const wrapped = (info: ObjectInfo | null | undefined): ObjectInfo[] => (info ? [info] : []);
