import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import { RawJson } from '../../base/json/rawJson.ts';
import type { ObjectSaveData, SaveObjectsParams } from '../../base/schemas/generated.ts';
import { parseTypestring } from '../modules/typestring.ts';
import type { MetaItem } from '../resources/resource.ts';
import { assertMetaSize, metaItems } from '../workspaces/meta.ts';
import { assertKnownKeys, assertOneName } from './identify.ts';
import { type ProvenanceDraft, provenanceDraft } from './provenance.ts';
import { withPrefix } from './refusals.ts';

/** An object to be saved. Its shape has been checked, its data has not. */
export interface Draft {
  /** For messages: `Object #1, genome`. */
  readonly label: string;
  readonly name?: string;
  /** Of an object that must exist. */
  readonly id?: number;
  readonly type: string;
  readonly data: RawJson;
  readonly meta: readonly MetaItem[];
  readonly provenance: ProvenanceDraft;
  readonly hidden: boolean;
}

const MAX_OBJECTS = 10_000;
const KEYS = ['type', 'data', 'name', 'objid', 'meta', 'provenance', 'hidden'];

/**
 * The objects of a call, checked in KBase's order.
 *
 * @throws object_invalid, object_not_named, object_name_invalid, invalid_params, typestring_invalid, metadata_invalid
 */
export function draftsOf(objects: SaveObjectsParams['objects']): Draft[] {
  if (objects === undefined) throw refuse('object_invalid', 'The object list cannot be null');
  if (objects.length === 0) throw refuse('object_invalid', 'No data provided');
  if (objects.length > MAX_OBJECTS) {
    throw refuse('object_invalid', `At most ${MAX_OBJECTS} objects can be saved at once`);
  }
  return objects.map((object, i) => draftOf(object, `Object #${i + 1}`));
}

function draftOf(object: ObjectSaveData, place: string): Draft {
  if (object === null) throw refuse('object_invalid', `${place}: is null`);
  const { name, objid: id, type, data, meta, provenance, hidden = 0 } = object;
  withPrefix(`${place}: `, () => assertOneName(name, id));
  const label = `${place}, ${name ?? id}`;
  return withPrefix(`${label}: `, () => {
    assertKnownKeys('ObjectSaveData', object, KEYS);
    if (data === undefined) throw refuse('object_invalid', 'no data');
    if (!(data instanceof RawJson)) throw new TypeError('the data of an object is not its JSON text');
    parseTypestring(type);
    const items = metaItems(meta);
    assertMetaSize(items);
    return {
      label,
      ...defined({ name, id }),
      type: type ?? '',
      data,
      meta: items,
      provenance: provenanceDraft(provenance ?? []),
      hidden: hidden !== 0,
    };
  });
}
