import { defined } from '../../../base/defined.ts';
import { refuse } from '../../../base/errors.ts';
import { cutToCharacters } from '../../../base/text.ts';
import { changeTooBig, MAX_LARGE_CHANGE_BYTES } from '../../../store/size.ts';
import {
  type Address,
  assertReachable,
  identifierOf,
  invalidFields,
  type ParsedAtId,
  parseAtId,
  pathOf,
  type TwoPlaces,
} from './address.ts';
import { checkFields } from './fields.ts';
import { type IiifType, kinds, typeOfAtType } from './kinds.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An object of a tree that was sent, with its children. */
export interface TreeNode {
  readonly address: Address;
  /** The path of its `@id`, if that is not its own. */
  readonly source?: string;
  /** Set if its `@id` may mean another object, too. */
  readonly places?: TwoPlaces;
  /** The fields to store: without its children, its `@id`, and fields that the service sets. */
  readonly fields: Fields;
  readonly ownedBy?: readonly string[];
  /** The `@id`s of its parents, if they were sent. */
  readonly belongsTo?: readonly string[];
  /** Its position in the list that it was sent in, from 1. */
  readonly place: number;
  readonly children: readonly TreeNode[];
}

/** The least bytes of an object with its index entries: a small body may name very many objects. */
const OBJECT_BYTES = 1_000;
/**
 * Added to the positions in a parent's second list, whose items are shown after those of the first one in the same
 * list.
 */
const LATER = 1_000_000;
/** Fields that the service sets, and ignores when they are sent. */
const DECIDED = ['@id', '@context', 'ownedBy', 'belongsTo', 'children', 'identifier', 'name', 'order'];

interface Naming {
  /** Makes a name for an object that was sent without an `@id`. */
  readonly newName: (type: IiifType) => string;
  /**
   * Decides between the two objects that the `@id` of a part may mean. Undefined if that is still open: then the same
   * address may occur with several `@id`s.
   */
  readonly isElsewhere: ((places: TwoPlaces, parent: Address) => boolean) | undefined;
}

/**
 * Parses a tree of objects.
 *
 * @throws iiif_invalid, iiif_top_collection, iiif_ids_collide, change_too_big
 */
export function treeOf(address: Address, sent: unknown, { newName, isElsewhere }: Naming): TreeNode {
  const atIds = new Map<string, { readonly atId: string | undefined; readonly source: string | undefined }>();
  /** @throws iiif_ids_collide when another `@id` has the same address */
  const claim = (atId: string | undefined, { address: at, source, places }: ParsedAtId) => {
    const path = pathOf(at);
    const isOpen = places !== undefined && isElsewhere === undefined;
    const known = isOpen ? undefined : atIds.get(path);
    if (known !== undefined && known.source !== source) {
      throw refuse('iiif_ids_collide', shortened(known.atId ?? path), shortened(atId ?? path), path);
    }
    atIds.set(isOpen ? `${path} ${source}` : path, { atId, source });
    const bytes = atIds.size * OBJECT_BYTES;
    if (bytes > MAX_LARGE_CHANGE_BYTES) {
      throw changeTooBig(`Saving ${atIds.size} or more objects`, bytes, MAX_LARGE_CHANGE_BYTES);
    }
  };
  const nodeOf = ({ type, value, within, place, parent }: SentObject): TreeNode => {
    const isPart = parent !== undefined;
    const fields = objectOf(type, value);
    const atId = fields['@id'];
    if (atId !== undefined && typeof atId !== 'string') throw bad('@id must be a string.');
    // Parts belong to the object that they are sent in.
    const { belongsTo } = isPart ? {} : fields;
    // A new object gets the identifier of its parent, as a part does.
    const above = address.name === undefined && isTexts(belongsTo) ? identifierOf(belongsTo[0]) : undefined;
    const around = above === undefined ? within : { ...within, identifier: above };
    const decide = isPart && isElsewhere ? (two: TwoPlaces) => isElsewhere(two, parent) : undefined;
    const context = { within: around, isPart: isPart || above !== undefined, isElsewhere: decide };
    const parsed: ParsedAtId =
      atId === undefined ? { address: unnamed(type, around, newName) } : parseAtId(type, atId, context);
    const { address: at, source, places } = parsed;
    if (belongsTo !== undefined && !isTexts(belongsTo)) {
      throw invalidFields(at, { belongsTo: ['Expected a list of @ids.'] });
    }
    claim(atId, parsed);
    return {
      address: at,
      ...defined({ source, places }),
      fields: { ...ownFields(at, fields), '@type': kinds[type].atType },
      ...ownersIn(fields),
      ...defined({ belongsTo }),
      place,
      children: Array.from(sentChildren(type, fields, at), nodeOf),
    };
  };
  const { type, ...within } = address;
  return nodeOf({ type, value: sent, within, place: 1 });
}

function unnamed(type: IiifType, { identifier, name }: Partial<Address>, newName: (type: IiifType) => string): Address {
  if (type === 'collection') return assertReachable({ type, name: name ?? newName(type) }, name ?? '');
  if (type === 'manifest') return assertReachable({ type, identifier: identifier ?? newName(type) }, identifier ?? '');
  return assertReachable({ type, identifier: identifier ?? '', name: name ?? newName(type) }, name ?? '');
}

interface SentObject {
  readonly type: IiifType;
  readonly value: unknown;
  /** The parts of the address that its `@id` may leave out. */
  readonly within: Partial<Address>;
  readonly place: number;
  /** Absent for the root. */
  readonly parent?: Address;
}

function* sentChildren(type: IiifType, fields: Fields, parent: Address): Generator<SentObject> {
  const within = type === 'collection' ? {} : defined({ identifier: parent.identifier });
  for (const [field, kind] of Object.entries(kinds[type].children)) {
    const sent = fields[field];
    if (sent === undefined) continue;
    if (!Array.isArray(sent)) throw bad(`${field} must be a list.`);
    const first = field === 'ranges' ? LATER : 1;
    for (const [i, value] of sent.entries()) {
      yield { type: kind === 'byType' ? memberType(type, value) : kind, value, within, place: first + i, parent };
    }
  }
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

/** An existing object may be sent as only its `@id`. */
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
