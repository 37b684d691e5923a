import { LRUCache } from 'lru-cache';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import { allOf } from './allOf.ts';
import { damagedAmong } from './inspectData.ts';
import { canBeUser, type Inspecting, inspectPages } from './inspecting.ts';
import { inputsIn } from './provenanceText.ts';
import { checked, type Sources, text } from './step.ts';

const PAGE = 1_000;
const MAX_REMEMBERED = 20_000;

/** Versions with their data, provenance and references. */
export async function inspectVersions(inspecting: Inspecting): Promise<void> {
  const types = await typesIn(inspecting.sources);
  const present = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  await inspectPages(inspecting, 'workspaceObjVersions', (page) => inspectPage(inspecting, page, { types, present }));
  await leaveOutReferring(inspecting);
}

/** Every version of a type, as `Module.Type-1.0`. */
async function typesIn({ types, excluded }: Sources): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for await (const type of types.read('module_type_schema', { fields: ['moduleName', 'typeName', 'version'] })) {
    if (excluded.modules.has(text(type, 'moduleName'))) continue;
    found.add(`${type.moduleName}.${type.typeName}-${type.version}`);
  }
  return found;
}

interface Known {
  readonly types: ReadonlySet<string>;
  /** Versions that exist, as `ws/id/version`: the last ones that were looked for. */
  readonly present: LRUCache<string, true>;
}

async function inspectPage(
  inspecting: Inspecting,
  page: readonly ForeignDocument[],
  { types, present }: Known,
): Promise<void> {
  const { sources, findings, checksData } = inspecting;
  for (const v of page) present.set(`${v.ws}/${v.id}/${v.ver}`, true);
  const named = new Set(page.flatMap(referencesOf));
  const unsure = [...named].filter((reference) => !present.has(reference));
  const [found, blobs, provenances] = await allOf([
    existing(sources, unsure),
    sources.blobs.stored([...new Set(page.map((v) => text(v, 'chksum')))]),
    provenancesOf(sources, page),
  ]);
  for (const reference of found) present.set(reference, true);
  const whole = [...blobs].flatMap(([id, { size, problem }]) => (problem === undefined ? [[id, size] as const] : []));
  const damaged = checksData ? await damagedAmong(sources.blobs, whole) : new Map<string, string>();
  for (const v of page) {
    if (sources.excluded.hasObject(v.ws, v.id)) continue;
    const leaveOut = (why: string) => {
      findings.add('version', `${v.ws}/${v.id}/${v.ver}`, why);
      sources.excluded.objects.add(`${v.ws}/${v.id}`);
    };
    const provenance = provenances.get(String(v.provenance));
    const blob = blobs.get(text(v, 'chksum'));
    const md5 = damaged.get(text(v, 'chksum'));
    const dangling = referencesOf(v).find((reference) => !present.has(reference) && !found.has(reference));
    const type = `${v.tyname}-${v.tymaj}.${v.tymin}`;
    if (provenance === undefined) leaveOut(`its provenance ${v.provenance} is missing`);
    else if (provenance.inputs !== ((v.provrefs ?? []) as unknown[]).length)
      leaveOut('its provenance names another number of inputs than were resolved');
    else if (!canBeUser(inspecting, text(v, 'savedby'))) leaveOut(`its saver ${v.savedby} can be no user here`);
    else if (!canBeUser(inspecting, provenance.user)) leaveOut(`its creator ${provenance.user} can be no user here`);
    else if (blob === undefined) leaveOut(`its data ${v.chksum} is missing in the blob store`);
    else if (blob.problem !== undefined) leaveOut(`its data ${v.chksum} ${blob.problem}`);
    else if (blob.size !== v.size) leaveOut(`its data ${v.chksum} has ${blob.size} bytes and should have ${v.size}`);
    else if (md5 !== undefined) leaveOut(`its data ${v.chksum} is damaged in the blob store: its MD5 is ${md5}`);
    else if (dangling !== undefined) leaveOut(`it refers to ${dangling}, which does not exist`);
    else if (!types.has(type)) leaveOut(`its type ${type} is missing`);
  }
}

const referencesOf = (v: ForeignDocument): string[] => [
  ...((v.refs ?? []) as string[]),
  ...((v.provrefs ?? []) as string[]),
  ...(typeof v.copied === 'string' ? [v.copied] : []),
];

interface Provenance {
  readonly user: string;
  /** How many inputs its actions name. */
  readonly inputs: number;
}

/** The provenance of these versions, by its id. What no version has is not imported, and not looked at. */
async function provenancesOf(
  sources: Sources,
  page: readonly ForeignDocument[],
): Promise<ReadonlyMap<string, Provenance>> {
  const provenances = new Map<string, Provenance>();
  for await (const one of checked(sources, 'provenance', { _id: { $in: page.map((v) => v.provenance) } })) {
    const inputs = inputsIn((one.actions ?? []) as ForeignDocument[]);
    provenances.set(String(one._id), { user: text(one, 'user'), inputs });
  }
  return provenances;
}

/** Those of the references that lead to a version. */
async function existing({ workspace }: Sources, references: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let i = 0; i < references.length; i += PAGE) {
    const wanted = references.slice(i, i + PAGE).map((reference) => {
      const [ws, id, ver] = reference.split('/').map(Number);
      return { ws, id, ver };
    });
    if (wanted.length === 0) continue;
    const rows = workspace.read('workspaceObjVersions', { filter: { $or: wanted }, fields: ['ws', 'id', 'ver'] });
    for await (const { ws, id, ver } of rows) found.add(`${ws}/${id}/${ver}`);
  }
  return found;
}

/** Leaves out what refers to what is left out, and so on, so that no reference dangles. */
async function leaveOutReferring({ sources, findings }: Inspecting): Promise<void> {
  const { excluded, workspace } = sources;
  const queue = [
    ...[...excluded.workspaces].map((ws) => `${ws}/`),
    ...[...excluded.objects].map((object) => `${object}/`),
  ];
  for (let prefix = queue.shift(); prefix !== undefined; prefix = queue.shift()) {
    const leading = { $regex: `^${prefix}` };
    const filter = { $or: [{ refs: leading }, { provrefs: leading }, { copied: leading }] };
    for await (const { ws, id, ver } of workspace.read('workspaceObjVersions', {
      filter,
      fields: ['ws', 'id', 'ver'],
    })) {
      if (excluded.hasObject(ws, id)) continue;
      findings.add('version', `${ws}/${id}/${ver}`, `it refers to ${prefix.slice(0, -1)}, which is left out`);
      excluded.objects.add(`${ws}/${id}`);
      queue.push(`${ws}/${id}/`);
    }
  }
}
