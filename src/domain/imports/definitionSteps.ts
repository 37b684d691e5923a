import { groupBy } from '../../base/groupBy.ts';
import type { Collection } from '../../store/collection.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { type DefinitionVersion, functions, type TypeVersion, types } from '../modules/module.ts';
import { numbersOf } from '../modules/nextVersion.ts';
import { definitionsOf, infosOf, isFirstRecord, namesIn, ofModules } from './moduleRecords.ts';
import { checkedDocuments, type DocumentStep, documentStep, number, type Sources, text, type Wanted } from './step.ts';

/** `Type-1.0` of each definition that a released version of its module has. */
function releasedIn(infos: readonly ForeignDocument[], field: 'types' | 'funcs'): ReadonlySet<string> {
  const [name, version] = field === 'types' ? ['typeName', 'typeVersion'] : ['funcName', 'funcVersion'];
  return new Set(
    infos
      .filter((info) => info.released === true && !isFirstRecord(info))
      .flatMap((info) =>
        definitionsOf(info[field], name ?? '', version ?? '').map(
          (one) => `${text(info, 'moduleName')}.${one.name}-${one.version}`,
        ),
      ),
  );
}

/** What each definition refers to, by `Module.Type-1.0`. */
async function usesOf(context: Sources, collection: string, names: readonly string[]) {
  const rows = await checkedDocuments(context, collection, { depModule: { $in: [...new Set(names)] } });
  const byUser = groupBy(rows, (row) => `${row.depModule}.${row.depName}-${row.depVersion}`);
  return (id: string) =>
    [...new Set((byUser.get(id) ?? []).map((row) => `${row.refModule}.${row.refName}-${row.refVersion}`))].sort();
}

interface DefinitionSource<T extends DefinitionVersion> {
  readonly into: Collection<T>;
  readonly collection: string;
  readonly step: string;
  readonly name: string;
  readonly listed: 'types' | 'funcs';
  readonly references: string;
  readonly further: (document: ForeignDocument) => Omit<T, keyof DefinitionVersion>;
}

function definitionStep<T extends DefinitionVersion>(source: DefinitionSource<T>): DocumentStep {
  const { into, collection, step, name, listed, references, further } = source;
  return documentStep<T>({
    ...ofModules(collection, step, ['moduleName', name, 'version']),
    into,
    async convert(sources, items) {
      const names = namesIn(items);
      const released = releasedIn(await infosOf(sources, names), listed);
      const usesBy = await usesOf(sources, references, names);
      const wanted = items.map(({ document }) => {
        const [module, own, version] = [text(document, 'moduleName'), text(document, name), text(document, 'version')];
        const _id = `${module}.${own}-${version}`;
        const numbers = numbersOf(version);
        const shared = { _id, module, name: own, ...numbers, madeIn: number(document, 'moduleVersion') };
        const whole = { ...shared, released: released.has(_id), uses: usesBy(_id), ...further(document) };
        return whole as unknown as Wanted<T>;
      });
      return { users: [], documents: () => wanted };
    },
    sourceOf: (one) => ({ moduleName: one.module, [name]: one.name, version: `${one.major}.${one.minor}` }),
  });
}

/** The versions of types with their JSON Schemas. */
export const typeStep = definitionStep<TypeVersion>({
  into: types,
  collection: 'module_type_schema',
  step: 'types',
  name: 'typeName',
  listed: 'types',
  references: 'type_refs',
  further: (document) => ({ schema: text(document, 'document'), md5: text(document, 'md5hash') }),
});

/** The versions of functions. */
export const functionStep = definitionStep<DefinitionVersion>({
  into: functions,
  collection: 'module_func_parse',
  step: 'functions',
  name: 'funcName',
  listed: 'funcs',
  references: 'func_refs',
  further: () => ({}),
});
