import { refuse, type StewardError } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { IIIF_IDENTIFIER, IIIF_NAME, isReservedIdentifier, segmentsOf } from '../../resources/iiifPath.ts';
import type { FieldErrors } from './fields.ts';
import { type IiifType, kinds, TOP_COLLECTION } from './kinds.ts';

/** Where an object is: a collection has a name alone, a manifest an identifier alone, all others both. */
export interface Address {
  readonly type: IiifType;
  readonly identifier?: string;
  readonly name?: string;
}

/** The path of an object, which is its identity: what stands in front of it follows from where the service runs. */
export function pathOf({ type, identifier = '', name = '' }: Address): string {
  if (type === 'collection') return `/collections/${name}`;
  return type === 'manifest' ? `/${identifier}/manifest` : `/${identifier}/${type}/${name}`;
}

/** The `@id` of an object: its path below the base. One whose path was taken when paths became identities kept its old `@id`. */
export const atIdOf = (base: string, externalId: string): string =>
  externalId.startsWith('/') ? base + externalId : externalId;

/** An `@id`, taken apart. */
interface Named {
  readonly address: Address;
  /** The path of the `@id`, where it is another than the path that the address makes. */
  readonly source?: string;
}

/**
 * The address in the end of an `@id`, whichever service it came from; what it leaves out is taken from `within`.
 *
 * @param within for an object that is part of another, with the identifier that the other has: then it has it too
 * @throws iiif_invalid for one that no route would reach; iiif_top_collection
 */
export function addressIn(type: IiifType, atId: string, within: Partial<Address>, isPart = true): Named {
  const segments = segmentsIn(type, atId);
  // The Presentation API recommends `/collection/{name}`; the routes here have `/collections/{name}`.
  if (type === 'collection' && segments.at(-2) === 'collection') segments.splice(-2, 1, 'collections');
  const [third, second, last = ''] = [undefined, undefined, ...segments].slice(-3);
  const address = reachable(addressOf(type, { third, second, last }, within, isPart), atId);
  // What was cut off in front is a host or a prefix; a bare name stands within what it is sent in.
  const own = segmentsIn(type, pathOf(address)).slice(-segments.length);
  const isOwn = own.join('/') === segments.slice(-own.length).join('/');
  return { address, ...(isOwn ? {} : { source: `/${segments.join('/')}` }) };
}

interface Ending {
  readonly third: string | undefined;
  readonly second: string | undefined;
  readonly last: string;
}

function addressOf(
  type: IiifType,
  { third, second, last }: Ending,
  within: Partial<Address>,
  isPart: boolean,
): Address {
  if (type === 'collection') return { type, name: last };
  if (type === 'manifest') return { type, identifier: second ?? within.identifier ?? '' };
  const identifier = isPart ? (within.identifier ?? third) : (third ?? within.identifier);
  return { type, identifier: identifier ?? '', name: last };
}

/** @throws iiif_invalid, iiif_top_collection */
export function reachable(address: Address, atId: string): Address {
  const { type, identifier, name } = address;
  const shown = cutToCharacters(atId, 200);
  if (identifier !== undefined && isReservedIdentifier(identifier)) {
    const message = `@id '${shown}' has the identifier '${identifier}', which is reserved for the service.`;
    throw invalidFields(address, { identifier: [message] });
  }
  const wrong = [
    ...(identifier === undefined || IIIF_IDENTIFIER.test(identifier) ? [] : ['identifier']),
    ...(name === undefined || IIIF_NAME.test(name) ? [] : ['name']),
  ];
  if (wrong.length > 0) {
    const message = `@id '${shown}' is no @id of a ${kinds[type].label}: identifiers and names have 1 to 200 characters of A-Z a-z 0-9 and _ : . , = @ ~ ! + - (names also #).`;
    throw invalidFields(address, Object.fromEntries(wrong.map((field) => [field, [message]])));
  }
  if (type === 'collection' && name === TOP_COLLECTION.name) {
    throw refuse('iiif_top_collection', `Collection name cannot be: ${TOP_COLLECTION.name}.`);
  }
  return address;
}

/** The identifier in the `@id` of a manifest or of what a manifest carries; undefined where it has none. */
export function identifierOf(atId: string | undefined): string | undefined {
  const segments = segmentsIn('manifest', atId ?? '');
  return segments.at(-1) === 'manifest' ? segments.at(-2) : segments.at(-3);
}

/** @throws iiif_invalid */
function segmentsIn(type: IiifType, atId: string): string[] {
  try {
    return segmentsOf(atId);
  } catch {
    throw refuse('iiif_invalid', `@id '${cutToCharacters(atId, 200)}' is no @id of a ${kinds[type].label}.`);
  }
}

/** The error that says of an object's fields what is wrong with them. */
export function invalidFields(address: Address, wrong: FieldErrors): StewardError {
  const sentences = Object.entries(wrong).map(([field, each]) => `${field}: ${each.join(' ')}`);
  const shown = cutToCharacters(pathOf(address), 200);
  return refuse('iiif_fields_invalid', `${kinds[address.type].label} ${shown}: ${sentences.join(' ')}`, wrong);
}

/** What messages say of an object that is not there. */
export function missing({ type, identifier, name }: Address): string {
  const { label } = kinds[type];
  if (type === 'manifest') return `'${identifier}' does not have a Manifest.`;
  const where = type === 'collection' ? '' : ` in identifier '${identifier}'`;
  return `${label} with name '${name}' does not exist${where}.`;
}
