import { rosterIn, rosters } from '../../identity/roster.ts';
import { STEWARD } from '../../identity/serviceNames.ts';
import { counters } from '../../store/counters.ts';
import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { DYNAMIC_CONFIG_ID, dynamicConfig, dynamicConfigs } from '../dynamicConfig.ts';
import { checkedDocuments, number, type Step, text, writeDocuments } from './step.ts';

/** Small collections, which are read whole. */
const whole = (name: string, collection: string) =>
  ({
    name,
    collection,
    database: 'workspace' as const,
    async *read(context: Parameters<Step['read']>[0]) {
      yield [{ document: { rows: await checkedDocuments(context, collection) }, at: [1] }];
    },
  }) satisfies Omit<Step, 'prepare'>;

const rowsOf = (items: Parameters<Step['prepare']>[1]) => (items[0]?.document.rows ?? []) as ForeignDocument[];

/**
 * Administrators. Those whom an earlier run imported and KBase has removed since are removed. Former users cannot be
 * administrators.
 */
export const adminStep: Step = {
  ...whole('administrators', 'admins'),
  async prepare({ excluded }, items) {
    const rows = rowsOf(items).filter((row) => !excluded.users.has(text(row, 'user')));
    return {
      users: rows.map((row) => text(row, 'user')),
      async write(tx, idOf, isFormer) {
        const roster = await rosterIn(tx);
        const wanted = rows
          .filter((row) => !isFormer(text(row, 'user')))
          .map((row) => ({ principal: idOf(text(row, 'user')), addedAt: madeAt(row._id) ?? new Date(0) }))
          .filter(({ principal }) => !roster.bindings.some((binding) => binding.principal === principal));
        const kept = roster.admins.filter(
          (admin) => admin.addedBy !== STEWARD.id || wanted.some(({ principal }) => principal === admin.principal),
        );
        const added = wanted
          .filter(({ principal }) => !kept.some((admin) => admin.principal === principal))
          .map((admin) => ({ ...admin, role: 'full' as const, addedBy: STEWARD.id }));
        await tx.update(rosters, roster, { ...roster, admins: [...kept, ...added] });
        return { added: added.length, changed: roster.admins.length - kept.length };
      },
    };
  },
};

/** Settings that administrators change while the service runs. */
export const settingStep: Step = {
  ...whole('settings', 'dyncfg'),
  async prepare(_, items) {
    const set = Object.fromEntries(rowsOf(items).map((row) => [text(row, 'key'), number(row, 'value')]));
    return {
      users: [],
      async write(tx) {
        if (Object.keys(set).length === 0) return { added: 0, changed: 0 };
        return writeDocuments(tx, dynamicConfigs, {
          wanted: [{ _id: DYNAMIC_CONFIG_ID, ...(await dynamicConfig(tx)), ...set }],
        });
      },
    };
  },
};

/** The highest number of a workspace, which is never given again. */
export const counterStep: Step = {
  ...whole('the workspace counter', 'workspaceCounter'),
  async prepare({ database }, items) {
    const last = Math.max(0, ...rowsOf(items).map((row) => number(row, 'num')));
    await database.upsertEach(counters, [{ id: 'workspace', raise: { last }, insert: {} }]);
    return { users: [], write: async () => ({ added: 0, changed: 0 }) };
  },
};
