import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { changeTooBig, MAX_LARGE_CHANGE_BYTES } from '../../../store/size.ts';
import { type Address, addressIn, identifierOf, invalidFields, pathOf, reachable } from './address.ts';
import { checkFields } from './fields.ts';
import { type IiifType, kinds, typeOfAtType } from './kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One object of a tree that was sent, with what hangs directly below it. */
export interface TreeNode {
  readonly address: Address;
  /** The path of its `@id`, where that is another than its own. */
  readonly source?: string;
  /** What it keeps of itself: without its children, its `@id`, and what the service decides. */
  readonly fields: Fields;
  /** `ownedBy`, where it was sent. */
  readonly ownedBy?: readonly string[];
  /** The `@id`s of what it hangs below, where they were sent. */
  readonly belongsTo?: readonly string[];
  /** Its place in the list that it was sent in, from 1. */
  readonly place: number;
  readonly children: readonly TreeNode[];
}

/** What an object takes at least, with its places in the indexes: a small body may name very many. */
const OBJECT_BYTES = 1_000;
/** What is sent in a later list of the same parent, and shown in one list with the earlier, stands after it. */
const LATER = 1_000_000;
/** What the service decides, whoever sends it. */
const DECIDED = ['@id', '@context', 'ownedBy', 'belongsTo', 'children', 'identifier', 'name', 'order'];

/**
 * Takes a tree apart.
 *
 * @param newName a name for what was sent without an `@id`
 * @throws iiif_invalid, iiif_top_collection, change_too_big
 */
export function treeOf(address: Address, sent: unknown, newName: (type: IiifType) => string): TreeNode {
  const atIds = new Map<string, { readonly atId: string | undefined; readonly source: string | undefined }>();
  /** @throws iiif_invalid where another `@id` was shortened to the same address */
  const claim = (at: Address, atId: string | undefined, source: string | undefined) => {
    const path = pathOf(at);
    const known = atIds.get(path);
    if (known !== undefined && known.source !== source) {
      throw refuse('iiif_ids_collide', shortened(known.atId ?? path), shortened(atId ?? path), path);
    }
    atIds.set(path, { atId, source });
    const bytes = atIds.size * OBJECT_BYTES;
    if (bytes > MAX_LARGE_CHANGE_BYTES) {
      throw changeTooBig(`Saving ${atIds.size} or more objects`, bytes, MAX_LARGE_CHANGE_BYTES);
    }
  };
  const nodeOf = (type: IiifType, value: unknown, within: Partial<Address>, place: number): TreeNode => {
    const isPart = atIds.size > 0;
    const fields = objectOf(type, value);
    const atId = fields['@id'];
    if (atId !== undefined && typeof atId !== 'string') throw bad('@id must be a string.');
    // A part belongs to what it is sent in.
    const { belongsTo } = isPart ? {} : fields;
    // What is new takes its identifier from what it belongs to, as a part does.
    const above = address.name === undefined && isTexts(belongsTo) ? identifierOf(belongsTo[0]) : undefined;
    const around = above === undefined ? within : { ...within, identifier: above };
    const { address: at, source } =
      atId === undefined
        ? { address: unnamed(type, around, newName) }
        : addressIn(type, atId, around, isPart || above !== undefined);
    if (belongsTo !== undefined && !isTexts(belongsTo)) {
      throw invalidFields(at, { belongsTo: ['Expected a list of @ids.'] });
    }
    claim(at, atId, source);
    return {
      address: at,
      ...(source === undefined ? {} : { source }),
      fields: { ...ownFields(at, fields), '@type': kinds[type].atType },
      ...ownersIn(fields),
      ...(belongsTo === undefined ? {} : { belongsTo }),
      place,
      children: childrenOf(type, fields, at, nodeOf),
    };
  };
  const { type, ...within } = address;
  return nodeOf(type, sent, within, 1);
}

function unnamed(type: IiifType, { identifier, name }: Partial<Address>, newName: (type: IiifType) => string): Address {
  if (type === 'collection') return reachable({ type, name: name ?? newName(type) }, name ?? '');
  if (type === 'manifest') return reachable({ type, identifier: identifier ?? newName(type) }, identifier ?? '');
  return reachable({ type, identifier: identifier ?? '', name: name ?? newName(type) }, name ?? '');
}

type MakeNode = (type: IiifType, value: unknown, within: Partial<Address>, place: number) => TreeNode;

function childrenOf(type: IiifType, fields: Fields, { identifier }: Address, nodeOf: MakeNode): TreeNode[] {
  const within = identifier === undefined ? {} : { identifier };
  return Object.entries(kinds[type].children).flatMap(([field, kind]) => {
    const sent = fields[field];
    if (sent === undefined) return [];
    if (!Array.isArray(sent)) throw bad(`${field} must be a list.`);
    const first = field === 'ranges' ? LATER : 1;
    return sent.map((child: unknown, i) => {
      const childType = kind === 'byType' ? memberType(type, child) : kind;
      return nodeOf(childType, child, type === 'collection' ? {} : within, first + i);
    });
  });
}

function memberType(parent: IiifType, child: unknown): IiifType {
  const atType = child !== null && typeof child === 'object' ? (child as Fields)['@type'] : undefined;
  if (atType === undefined) throw bad('Field @type is required for member object.');
  const allowed = parent === 'collection' ? ['sc:Collection', 'sc:Manifest'] : ['sc:Canvas', 'sc:Range'];
  const type = typeOfAtType(atType);
  if (type === undefined || !allowed.includes(kinds[type].atType)) {
    throw bad(`Field @type must be ${allowed.join(' or ')}.`);
  }
  return type;
}

/** An object that is there already may be sent as its `@id` alone. */
function objectOf(type: IiifType, value: unknown): Fields {
  if (typeof value === 'string') return { '@id': value };
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  throw bad(`A ${kinds[type].label} must be an object.`);
}

/** @throws iiif_fields_invalid */
function ownFields(at: Address, sent: Fields): Fields {
  const left = [...DECIDED, ...Object.keys(kinds[at.type].children)];
  const own = Object.fromEntries(Object.entries(sent).filter(([key]) => !left.includes(key)));
  const { fields, wrong } = checkFields(at.type, own);
  if (Object.keys(wrong).length > 0) throw invalidFields(at, wrong);
  return fields;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

function ownersIn({ ownedBy }: Fields): { ownedBy?: readonly string[] } {
  if (ownedBy === undefined) return {};
  if (isTexts(ownedBy)) return { ownedBy };
  throw bad('ownedBy must be a list of usernames.');
}

const shortened = (atId: string) => cutToCharacters(atId, 200);
const bad = (message: string) => refuse('iiif_invalid', message);
