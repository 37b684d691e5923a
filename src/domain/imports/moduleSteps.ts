import { groupBy } from '../../base/groupBy.ts';
import { type ForeignDocument, madeAt } from '../../store/foreignDatabase.ts';
import { type ModuleVersion, modules, moduleVersions, type TypeModule, versionId } from '../modules/module.ts';
import { specText } from '../modules/specText.ts';
import { definitionsOf, infosOf, isFirstRecord, namesIn, ofModules } from './moduleRecords.ts';
import { belongingTo } from './pages.ts';
import { checkedDocuments, documentStep, number, text } from './step.ts';

/** The versions of specifications. */
export const moduleVersionStep = documentStep<ModuleVersion>({
  ...ofModules('module_info_history', 'versions of modules', ['moduleName', 'versionTime']),
  into: moduleVersions,
  async convert(sources, items) {
    const found = items.map(({ document }) => document).filter((info) => !isFirstRecord(info));
    const filter = { moduleName: { $in: namesIn(items) }, versionTime: { $in: found.map((i) => i.versionTime) } };
    const specs = new Map<string, string>();
    const pages = sources.types.pages('module_spec_history', { filter });
    for await (const spec of belongingTo(items.length, pages)) {
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
