import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import type { Reference } from '../../resources/reference.ts';
import { type ResourceType, rulesOf, typesOf } from '../../resources/types.ts';

export interface ObjectNamed {
  readonly type: string;
  readonly id: string;
}

const types = typesOf('gnode');

/** Types that later versions of the portal renamed. */
const NEW_NAMES: Readonly<Record<string, ResourceType>> = { irregularlysampledsignal: 'irsaanalogsignal' };

/** The later names of a type. */
export const newNamesOf = (type: ResourceType): string[] =>
  Object.keys(NEW_NAMES).filter((name) => NEW_NAMES[name] === type);

const isGnodeType = (type: string): type is ResourceType => types.some((known) => known === type);

/** @throws resource_missing for an unknown type */
export function referenceTo({ type, id }: ObjectNamed): Reference & { type: ResourceType; externalId: string } {
  const known = Object.hasOwn(NEW_NAMES, type) ? NEW_NAMES[type] : type;
  if (known === undefined || !isGnodeType(known)) {
    throw refuse('resource_missing', cutToCharacters(`${type} ${id}`, 200));
  }
  return { type: known, externalId: id };
}

/**
 * As {@link referenceTo}.
 *
 * @throws resource_missing also for a type without permissions of its own, such as a property
 */
export function sharedReferenceTo(named: ObjectNamed): ReturnType<typeof referenceTo> {
  const reference = referenceTo(named);
  if (rulesOf(reference.type).accessFrom === 'self') return reference;
  const what = cutToCharacters(`${named.type} ${named.id}`, 200);
  throw refuse('resource_missing', `ACL of ${what}: it has the permissions of its parent`);
}
