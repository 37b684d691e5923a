import { defined } from '../../../base/defined.ts';
import { refuse, type StewardError } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { IIIF_IDENTIFIER, IIIF_NAME, isReservedIdentifier, segmentsOf } from '../../resources/iiifPath.ts';
import type { FieldErrors } from './fields.ts';
import { type IiifType, kinds, TOP_COLLECTION } from './kinds.ts';

/** The address of an object. A collection has only a name, a manifest only an identifier, all others have both. */
export interface Address {
  readonly type: IiifType;
  readonly identifier?: string;
  readonly name?: string;
}

/** The path of an object, which identifies it; host and prefix depend on where the service runs. */
export function pathOf({ type, identifier = '', name = '' }: Address): string {
  if (type === 'collection') return `/collections/${name}`;
  return type === 'manifest' ? `/${identifier}/manifest` : `/${identifier}/${type}/${name}`;
}

/** The `@id` of an object: its path below the base. External ids of older databases may still be whole `@id`s. */
export const atIdOf = (base: string, externalId: string): string =>
  externalId.startsWith('/') ? base + externalId : externalId;

/** The two objects that the `@id` of a part may mean. */
export interface TwoPlaces {
  /** With the identifier of its parent. */
  readonly here: Address;
  /** With the identifier in its `@id`. */
  readonly elsewhere: Address;
  /** The path of its `@id`. */
  readonly path: string;
}

export interface ParsedAtId {
  readonly address: Address;
  /** The path of the `@id`, if that is not the path of the address. */
  readonly source?: string;
  /** Set if the `@id` may mean another object, too. */
  readonly places?: TwoPlaces;
}

/**
 * The address at the end of an `@id`, which may be of another service.
 *
 * @throws iiif_invalid for an address that no route would reach; iiif_top_collection
 */
export function parseAtId(type: IiifType, atId: string, context: AtIdContext): ParsedAtId {
  const segments = segmentsIn(type, atId);
  // The Presentation API recommends `/collection/{name}`; the routes here have `/collections/{name}`.
  if (type === 'collection' && segments.at(-2) === 'collection') segments.splice(-2, 1, 'collections');
  const [third, second, last = ''] = [undefined, undefined, ...segments].slice(-3);
  const here = addressOf(type, { third, second, last }, context);
  const path = `/${segments.join('/')}`;
  const isOfBook = here.identifier !== undefined && here.name !== undefined;
  const isTwo = isOfBook && third !== undefined && third !== here.identifier;
  const places = isTwo ? { here, elsewhere: { ...here, identifier: third }, path } : undefined;
  const isElsewhere = places !== undefined && context.isElsewhere?.(places) === true;
  const address = assertReachable(isElsewhere ? places.elsewhere : here, atId);
  // Without host and prefix, or as a bare name within its parent, the `@id` has the path of the address.
  const own = segmentsIn(type, pathOf(address)).slice(-segments.length);
  const isOwn = own.join('/') === segments.slice(-own.length).join('/');
  return { address, ...defined({ source: isOwn ? undefined : path, places }) };
}

interface AtIdContext {
  /** The parts of the address that the `@id` may leave out. */
  readonly within: Partial<Address>;
  /** Whether the object is sent as part of another, whose identifier it then has. */
  readonly isPart: boolean;
  /** Decides between two objects; by default, a part is the one with the identifier of its parent. */
  readonly isElsewhere?: ((places: TwoPlaces) => boolean) | undefined;
}

interface Ending {
  readonly third: string | undefined;
  readonly second: string | undefined;
  readonly last: string;
}

function addressOf(type: IiifType, { third, second, last }: Ending, { within, isPart }: AtIdContext): Address {
  if (type === 'collection') return { type, name: last };
  if (type === 'manifest') return { type, identifier: second ?? within.identifier ?? '' };
  const identifier = isPart ? (within.identifier ?? third) : (third ?? within.identifier);
  return { type, identifier: identifier ?? '', name: last };
}

/** @throws iiif_invalid, iiif_top_collection */
export function assertReachable(address: Address, atId: string): Address {
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
    const message = `@id '${shown}' is not the @id of a ${kinds[type].label}: identifiers and names have 1 to 200 characters of A-Z a-z 0-9 and _ : . , = @ ~ ! + - (names also #).`;
    throw invalidFields(address, Object.fromEntries(wrong.map((field) => [field, [message]])));
  }
  if (type === 'collection' && name === TOP_COLLECTION.name) {
    throw refuse('iiif_top_collection', `Collection name cannot be: ${TOP_COLLECTION.name}.`);
  }
  return address;
}

/** The identifier in the `@id` of a manifest or of a part of one; undefined if it has none. */
export function identifierOf(atId: string | undefined): string | undefined {
  const segments = segmentsIn('manifest', atId ?? '');
  return segments.at(-1) === 'manifest' ? segments.at(-2) : segments.at(-3);
}

/** @throws iiif_invalid */
function segmentsIn(type: IiifType, atId: string): string[] {
  try {
    return segmentsOf(atId);
  } catch {
    throw refuse('iiif_invalid', `@id '${cutToCharacters(atId, 200)}' is not the @id of a ${kinds[type].label}.`);
  }
}

/** The error for invalid fields of an object. */
export function invalidFields(address: Address, wrong: FieldErrors): StewardError {
  const sentences = Object.entries(wrong).map(([field, each]) => `${field}: ${each.join(' ')}`);
  const shown = cutToCharacters(pathOf(address), 200);
  return refuse('iiif_fields_invalid', `${kinds[address.type].label} ${shown}: ${sentences.join(' ')}`, wrong);
}

/** The message for a missing object. */
export function missing({ type, identifier, name }: Address): string {
  const { label } = kinds[type];
  if (type === 'manifest') return `'${identifier}' does not have a Manifest.`;
  const where = type === 'collection' ? '' : ` in identifier '${identifier}'`;
  return `${label} with name '${name}' does not exist${where}.`;
}
