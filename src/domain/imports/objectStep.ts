import { groupBy } from '../../base/groupBy.ts';
import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { objectId, objects, type StoredObject } from '../objects/object.ts';
import { freeNames } from './freeNames.ts';
import { documentStep, number, readInOrder, text } from './step.ts';

/** Objects without their versions. */
export const objectStep = documentStep<StoredObject>({
  name: 'objects',
  collection: 'workspaceObjects',
  database: 'workspace',
  into: objects,
  removable: ['deletedIn'],

  async *read({ workspace, excluded }, after) {
    for await (const items of readInOrder(workspace, 'workspaceObjects', { keys: ['ws', 'id'], after })) {
      yield items.filter(({ document }) => !excluded.hasObject(document.ws, document.id));
    }
  },

  async convert(_, items) {
    return { users: [], documents: () => items.map(({ document }) => objectOf(document)) };
  },

  sourceOf: ({ ws, id }) => ({ ws, id }),

  async freeKeys(tx, wanted) {
    for (const [ws, own] of groupBy(wanted, (object) => object.ws))
      await freeNames(tx, objects, { wanted: own, within: { ws: { $eq: ws } } });
  },
});

/** An object whose save was never finished has no version, and no time of its last change. */
function objectOf(o: ForeignDocument): Omit<StoredObject, 'revision'> {
  const createdAt = madeAt(o._id) ?? (o.moddate as Date);
  return {
    _id: objectId(number(o, 'ws'), number(o, 'id')),
    ws: number(o, 'ws'),
    id: number(o, 'id'),
    name: text(o, 'name'),
    latest: number(o, 'numver'),
    deleted: o.del === true,
    // Restoring its workspace restores it too, as in KBase.
    ...(o.del === true ? { deletedIn: 0 } : {}),
    hidden: o.hide === true,
    createdAt,
    modifiedAt: o.moddate instanceof Date ? o.moddate : createdAt,
  };
}
