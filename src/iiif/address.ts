import { refuse } from '../errors.ts';
import { cutToCharacters } from '../text.ts';
import { type IiifType, kinds } from './kinds.ts';

/** Where an object is: a collection has a name alone, a manifest an identifier alone, all others both. */
export interface Address {
  readonly type: IiifType;
  readonly identifier?: string;
  readonly name?: string;
}

const SEGMENT = /^[\w:.=,#@~!%+-]{1,200}$/;

/** The path of an object below the base of the API. */
export function pathOf({ type, identifier = '', name = '' }: Address): string {
  if (type === 'collection') return `/collections/${name}`;
  return type === 'manifest' ? `/${identifier}/manifest` : `/${identifier}/${type}/${name}`;
}

/**
 * The address in the end of an `@id`, whichever service it came from; what it leaves out is taken from `within`.
 *
 * @throws iiif_invalid
 */
export function addressIn(type: IiifType, atId: string, within: Partial<Address>): Address {
  const segments = atId.split('/').map((s) => s.trim());
  const last = segments.at(-1) ?? '';
  if (type === 'collection') return valid({ type, name: last }, atId);
  if (type === 'manifest') return valid({ type, identifier: segments.at(-2) ?? within.identifier ?? '' }, atId);
  return valid({ type, identifier: within.identifier ?? segments.at(-3) ?? '', name: last }, atId);
}

function valid(address: Address, atId: string): Address {
  const parts = [address.identifier, address.name].filter((part) => part !== undefined);
  if (parts.every((part) => SEGMENT.test(part))) return address;
  throw refuse('iiif_invalid', `@id '${cutToCharacters(atId, 200)}' is no @id of a ${kinds[address.type].label}.`);
}

/** What messages say of an object that is not there. */
export function missing({ type, identifier, name }: Address): string {
  const { label } = kinds[type];
  if (type === 'manifest') return `'${identifier}' does not have a Manifest.`;
  const where = type === 'collection' ? '' : ` in identifier '${identifier}'`;
  return `${label} with name '${name}' does not exist${where}.`;
}
