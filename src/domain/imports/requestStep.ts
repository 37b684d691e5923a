import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { type ModuleRequest, moduleRequests } from '../modules/module.ts';
import { checkedDocuments, type DocumentStep, text, type Wanted, writeDocuments } from './step.ts';

/** KBase answers requests in their order, and the time of an id has no fractions of a second. */
function requestedAt(row: ForeignDocument, all: readonly ForeignDocument[]): Date {
  const second = madeAt(row._id) ?? new Date(0);
  const before = all.slice(0, all.indexOf(row)).filter((other) => madeAt(other._id)?.getTime() === second.getTime());
  return new Date(second.getTime() + before.length);
}

/** Requests for modules that wait for an administrator; those that were decided since the last run are removed. */
export const requestStep: DocumentStep = {
  name: 'requests for modules',
  collection: 'module_request',
  database: 'types',
  into: moduleRequests,
  async *read(sources) {
    const { excluded } = sources;
    // There is no position: they are few, and must be known together.
    const all = await checkedDocuments(sources, 'module_request');
    const waiting = all
      .filter((row) => !excluded.users.has(text(row, 'ownerUserId')))
      .sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1));
    yield [{ document: { waiting }, at: [1] }];
  },
  async convert(_, [item]) {
    const waiting = (item?.document.waiting ?? []) as ForeignDocument[];
    return {
      users: waiting.map((row) => text(row, 'ownerUserId')),
      documents: (idOf): Wanted<ModuleRequest>[] =>
        waiting.map((row) => ({
          _id: text(row, 'moduleName'),
          requester: idOf(text(row, 'ownerUserId')),
          at: requestedAt(row, waiting),
        })),
    };
  },
  async prepare(context, items) {
    const { users, documents } = await this.convert(context, items);
    return {
      users,
      async write(tx, idOf) {
        const wanted = documents(idOf) as Wanted<ModuleRequest>[];
        const kept = new Set(wanted.map(({ _id }) => _id));
        const decided = (await tx.find(moduleRequests, {})).filter(({ _id }) => !kept.has(_id));
        await tx.removeEach(moduleRequests, decided);
        const { added, changed } = await writeDocuments(tx, moduleRequests, { wanted });
        return { added, changed: changed + decided.length };
      },
    };
  },
  sourceOf: ({ _id }) => ({ moduleName: _id }),
};
