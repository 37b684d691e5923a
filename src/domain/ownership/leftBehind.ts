import type { Reader } from '../../store/collection.ts';
import { collectionOfType, resourceCollections } from '../resources/collections.ts';
import { type ResourceType, resourceTypes } from '../resources/types.ts';

interface Leaver {
  readonly id: string;
  readonly name: string;
}

const EXAMPLES = 3;

/**
 * What stays with a user whose account is closed, as a sentence for each type with a count and some names. Nobody but an
 * administrator can give it to somebody else.
 */
export async function leftBehind(reader: Reader, { id, name }: Leaver): Promise<string[]> {
  const counts = new Map<unknown, number>();
  for (const from of resourceCollections) {
    for (const [type, count] of await reader.countBy(from, 'type', { owners: id })) counts.set(type, count);
  }
  const sentences: string[] = [];
  for (const type of Object.keys(resourceTypes) as ResourceType[]) {
    const count = counts.get(type);
    if (count === undefined) continue;
    const options = { fields: ['name'], sort: { _id: 1 }, limit: EXAMPLES } as const;
    const found = await reader.parts(collectionOfType(type), { type, owners: id }, options);
    const more = count > found.length ? ', …' : '';
    const names = found.map((resource) => resource.name).join(', ');
    sentences.push(`${name} stays the owner of ${count} of type ${type}: ${names}${more}`);
  }
  return sentences;
}
