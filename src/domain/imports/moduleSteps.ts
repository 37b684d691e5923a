import { groupBy } from '../../base/groupBy.ts';
import type { Collection } from '../../store/collection.ts';
import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { inHashOrder } from '../modules/kidl/hashOrder.ts';
import {
  type Definition,
  type DefinitionVersion,
  functions,
  type ModuleRequest,
  type ModuleVersion,
  moduleRequests,
  modules,
  moduleVersions,
  type TypeModule,
  type TypeVersion,
  types,
  versionId,
} from '../modules/module.ts';
import { numbersOf } from '../modules/nextVersion.ts';
import { specText } from '../modules/specText.ts';
import { pageBound } from './pages.ts';
import {
  checked,
  checkedDocuments,
  type DocumentStep,
  documentStep,
  number,
  readInOrder,
  type Sources,
  type Step,
  text,
  type Wanted,
  writeDocuments,
} from './step.ts';

/** Reads a collection of the types, module by module. */
const ofModules = (collection: string, name: string, keys: readonly string[]) =>
  ({
    name,
    collection,
    database: 'types' as const,
    async *read({ types: source, excluded }: Sources, after: readonly (string | number)[] | undefined) {
      for await (const item of readInOrder(source, collection, { keys, after })) {
        if (!excluded.modules.has(text(item.document, 'moduleName'))) yield item;
      }
    },
  }) satisfies Pick<Step, 'name' | 'collection' | 'database' | 'read'>;

/** Whether KBase wrote the record when the module was approved: it is no version of the module. */
export const isFirstRecord = (info: ForeignDocument): boolean => info.md5hash === null || info.md5hash === undefined;

const infosOf = (context: Sources, names: readonly string[]) =>
  checkedDocuments(context, 'module_info_history', { moduleName: { $in: [...new Set(names)] } });

const namesIn = (items: readonly { readonly document: ForeignDocument }[]) =>
  items.map(({ document }) => text(document, 'moduleName'));

/** The versions of specifications. */
export const moduleVersionStep = documentStep<ModuleVersion>({
  ...ofModules('module_info_history', 'versions of modules', ['moduleName', 'versionTime']),
  into: moduleVersions,
  async convert(sources, items) {
    const found = items.map(({ document }) => document).filter((info) => !isFirstRecord(info));
    const filter = { moduleName: { $in: namesIn(items) }, versionTime: { $in: found.map((i) => i.versionTime) } };
    const specs = new Map<string, string>();
    const count = pageBound(items.length);
    for await (const spec of checked(sources, 'module_spec_history', filter)) {
      count(spec);
      specs.set(versionId(text(spec, 'moduleName'), number(spec, 'versionTime')), text(spec, 'document'));
    }
    return {
      users: found.map((info) => text(info, 'uploadUserId')),
      documents: (idOf) =>
        found.map((info) => {
          const [module, version] = [text(info, 'moduleName'), number(info, 'versionTime')];
          const _id = versionId(module, version);
          const spec = specs.get(_id) ?? '';
          return {
            _id,
            module,
            version,
            spec,
            description: text(info, 'description'),
            md5: text(info, 'md5hash'),
            includes: includesOf(spec, info.includedModuleNameToVersion as Record<string, number>),
            types: definitionsOf(info.types, 'typeName', 'typeVersion'),
            functions: definitionsOf(info.funcs, 'funcName', 'funcVersion'),
            released: info.released === true,
            uploadedBy: idOf(text(info, 'uploadUserId')),
          };
        }),
    };
  },
  sourceOf: ({ module, version }) => ({ moduleName: module, versionTime: version }),
});

/** The included modules in the order of the specification. */
function includesOf(spec: string, versions: Readonly<Record<string, number>>) {
  const names = specText(spec).includes.filter((name) => Object.hasOwn(versions, name));
  const others = Object.keys(versions).filter((name) => !names.includes(name));
  return [...names, ...others].map((module) => ({ module, version: Number(versions[module]) }));
}

function definitionsOf(value: unknown, name: string, version: string): Definition[] {
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

/** Modules with their owners, once their versions are there. */
export const moduleStep = documentStep<TypeModule>({
  ...ofModules('module_version', 'modules', ['moduleName']),
  into: modules,
  removable: ['head', 'released'],
  async convert(sources, items) {
    const names = namesIn(items);
    const rows = await checkedDocuments(sources, 'module_owner', { moduleName: { $in: names } });
    const owners = groupBy(
      rows.filter((row) => !sources.excluded.users.has(text(row, 'ownerUserId'))),
      (row) => text(row, 'moduleName'),
    );
    const records = await infosOf(sources, names);
    const firsts = new Map(records.filter(isFirstRecord).map((info) => [text(info, 'moduleName'), info]));
    const infos = groupBy(
      records.filter((info) => !isFirstRecord(info)),
      (info) => text(info, 'moduleName'),
    );
    return {
      users: [...owners.values()].flat().map((row) => text(row, 'ownerUserId')),
      documents: (idOf) =>
        items.map(({ document }) => {
          const name = text(document, 'moduleName');
          const versionAt = (time: unknown) => infos.get(name)?.find((info) => info.versionTime === time);
          const [head, released] = [versionAt(document.versionTime), versionAt(document.releasedVersionTime)];
          return {
            _id: name,
            owners: (owners.get(name) ?? []).map((row) => ({
              principal: idOf(text(row, 'ownerUserId')),
              canGrant: row.withChangeOwnersPrivilege === true,
            })),
            createdAt: approvedAt(firsts.get(name), document),
            ...(head === undefined ? {} : { head: number(head, 'versionTime') }),
            ...(released === undefined ? {} : { released: number(released, 'versionTime') }),
            releasedTypes: definitionsOf(released?.types ?? {}, 'typeName', 'typeVersion')
              .filter(({ supported }) => supported)
              .map(({ name: type, version }) => ({ name: type, version })),
          };
        }),
    };
  },
  sourceOf: ({ _id }) => ({ moduleName: _id }),
});

/** When the module was approved: KBase's first record of it has that instant as its version. */
const approvedAt = (first: ForeignDocument | undefined, module: ForeignDocument): Date =>
  first === undefined ? (madeAt(module._id) ?? new Date(0)) : new Date(number(first, 'versionTime'));

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
    yield { document: { waiting }, at: [1] };
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
