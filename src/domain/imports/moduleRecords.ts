import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { inHashOrder } from '../modules/kidl/hashOrder.ts';
import type { Definition } from '../modules/module.ts';
import { checkedDocuments, readInOrder, type Sources, type Step, text } from './step.ts';

/** Reads a collection of the types, module by module. */
export const ofModules = (collection: string, name: string, keys: readonly string[]) =>
  ({
    name,
    collection,
    database: 'types' as const,
    async *read({ types: source, excluded }: Sources, after: readonly (string | number)[] | undefined) {
      for await (const items of readInOrder(source, collection, { keys, after })) {
        yield items.filter(({ document }) => !excluded.modules.has(text(document, 'moduleName')));
      }
    },
  }) satisfies Pick<Step, 'name' | 'collection' | 'database' | 'read'>;

/** Whether KBase wrote the record when the module was approved: it is no version of the module. */
export const isFirstRecord = (info: ForeignDocument): boolean => info.md5hash === null || info.md5hash === undefined;

/** KBase's records of all versions of these modules. */
export const infosOf = (context: Sources, names: readonly string[]) =>
  checkedDocuments(context, 'module_info_history', { moduleName: { $in: [...new Set(names)] } });

/** The modules of these documents. */
export const namesIn = (items: readonly { readonly document: ForeignDocument }[]) =>
  items.map(({ document }) => text(document, 'moduleName'));

/** The types or functions that a record of a version names. */
export function definitionsOf(value: unknown, name: string, version: string): Definition[] {
  const all = new Map(Object.entries(value as Readonly<Record<string, ForeignDocument>>));
  // KBase answers them in the order of a Java map.
  return inHashOrder(all.keys())
    .map((key) => all.get(key) ?? {})
    .map((one) => ({
      name: text(one, name),
      version: text(one, version),
      supported: one.supported === true,
    }));
}
