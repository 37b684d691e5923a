import type { ObjectIdentity, ObjectInfo } from '../../base/schemas/generated.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import type { Reader } from '../../store/collection.ts';
import { objectIdentifiersOf, parseReference } from './identify.ts';
import { infosOf } from './info.ts';
import { locate, reading, referenceOf } from './locate.ts';
import type { Reference } from './object.ts';
import { orNull } from './refusals.ts';
import { referrersOf } from './search.ts';

type Identities = readonly (ObjectIdentity | null)[];

/**
 * The versions that refer to each of these, in their data or their provenance, with their metadata: those that who asks
 * can read.
 *
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
 */
export async function listReferencingObjects(
  reader: Reader,
  people: People,
  who: Authority,
  identities: Identities,
): Promise<ObjectInfo[][]> {
  const targets = await readable(reader, who, identities);
  const referrers = await referrersOf(reader, new Set(targets));
  const all = [...new Set([...referrers.values()].flat())];
  const identifiers = all.map((reference) => parseReference(reference));
  const locator = await locate(reader, who, identifiers);
  const located = identifiers.map((i) => orNull(() => locator.permitted(i, reading)));
  const infos = await infosOf(reader, people, located, true);
  const infoOf = new Map(all.map((reference, i) => [reference, infos[i] ?? null]));
  return targets.map((target) => (referrers.get(target) ?? []).flatMap((r) => wrapped(infoOf.get(r))));
}

/**
 * How many versions refer to each of these, also those that who asks cannot read.
 *
 * @throws what listReferencingObjects throws
 */
export async function countReferencingObjects(
  reader: Reader,
  who: Authority,
  identities: Identities,
): Promise<number[]> {
  const targets = await readable(reader, who, identities);
  const referrers = await referrersOf(reader, new Set(targets));
  return targets.map((target) => (referrers.get(target) ?? []).length);
}

async function readable(reader: Reader, who: Authority, identities: Identities): Promise<Reference[]> {
  const identifiers = objectIdentifiersOf(identities);
  const locator = await locate(reader, who, identifiers);
  return identifiers.map((i) => referenceOf(locator.permitted(i, reading)));
}

/** A list would be flattened into its items. */
const wrapped = (info: ObjectInfo | null | undefined): ObjectInfo[] => (info ? [info] : []);
