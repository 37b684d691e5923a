import { LRUCache } from 'lru-cache';
import { StewardError } from '../../base/errors.ts';
import { assertUsername } from '../../identity/usernames.ts';
import type { ForeignDocument } from '../../store/foreignDatabase.ts';
import type { Findings } from './findings.ts';
import { inspectModules } from './inspectModules.ts';
import { isKnown, KBASE_TABLES, tableOf } from './kbaseTables.ts';
import { assertMapped } from './mapping.ts';
import { isFirstRecord } from './moduleSteps.ts';
import { inputsIn } from './provenanceText.ts';
import { type Sources, text } from './step.ts';
import { EVERYBODY, LEVELS, OWNER_PERMISSION } from './workspaceStep.ts';

const PAGE = 1_000;
const MAX_REMEMBERED = 100_000;
const SCHEMA_VERSION = 2;

export interface Inspecting {
  readonly sources: Sources;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Told how many documents of a collection were read so far. */
  readonly report: (collection: string, read: number) => void;
}

/**
 * Reads all of the source before anything is written. What cannot be imported is added to the findings, and to what is
 * left out, with all that belongs to it.
 */
export async function inspect(inspecting: Inspecting): Promise<void> {
  await inspectDatabase(inspecting);
  if (inspecting.findings.total > 0) return;
  await inspectUploaders(inspecting);
  await inspectModules(inspecting.sources, inspecting.findings);
  await inspectWorkspaces(inspecting);
  await inspectPermissions(inspecting);
  await inspectOwners(inspecting);
  await inspectPages(inspecting, 'workspaceObjects', async () => undefined);
  await inspectPages(inspecting, 'provenance', async () => undefined);
  const types = await typesIn(inspecting.sources);
  const present = new LRUCache<string, true>({ max: MAX_REMEMBERED });
  await inspectPages(inspecting, 'workspaceObjVersions', (page) =>
    inspectVersions(inspecting, page, { types, present }),
  );
  await leaveOutReferring(inspecting);
}

/** The version of the schema, and collections and fields that the tables do not have. */
async function inspectDatabase({ sources, findings }: Inspecting): Promise<void> {
  const [config] = await sources.workspace.find('config');
  if (config?.schemaver !== SCHEMA_VERSION) {
    const found = config === undefined ? 'has no schema version' : `has the schema version ${config.schemaver}`;
    findings.add(
      'database',
      sources.workspace.place,
      `it ${found}: only version ${SCHEMA_VERSION}, of the KBase Workspace Service 0.15, can be imported`,
    );
  } else if (config.inupdate === true) {
    findings.add('database', sources.workspace.place, 'a schema update of KBase is under way or was interrupted');
  }
  for (const database of ['workspace', 'types'] as const) {
    for (const collection of await sources[database].collections()) {
      if (
        isKnown(database, collection) ||
        (sources.workspace.place === sources.types.place && isKnownAnywhere(collection))
      )
        continue;
      findings.add('database', `${sources[database].place}.${collection}`, 'this collection is not one of KBase');
    }
  }
}

const isKnownAnywhere = (collection: string) => KBASE_TABLES.some((table) => table.collection === collection);

/** Reads a collection page by page, and checks each document against its table. */
async function inspectPages(
  { sources, signal, report }: Inspecting,
  collection: string,
  check: (page: readonly ForeignDocument[]) => Promise<void>,
): Promise<void> {
  const table = tableOf(collection);
  let page: ForeignDocument[] = [];
  let read = 0;
  const flush = async () => {
    signal.throwIfAborted();
    await check(page);
    read += page.length;
    report(collection, read);
    page = [];
  };
  for await (const document of sources[table.database].read(collection)) {
    if (document.cloning !== true) assertMapped(table, document, `${collection}/${document._id}`);
    page.push(document);
    if (page.length >= PAGE) await flush();
  }
  await flush();
}

/** Why no user can have this name; undefined for a good one. */
function nameProblem(name: string): string | undefined {
  try {
    assertUsername(name);
    return undefined;
  } catch (error) {
    if (error instanceof StewardError) return error.message;
    throw error;
  }
}

function assertUser({ sources, findings }: Inspecting, name: string): boolean {
  if (sources.excluded.users.has(name)) return false;
  const problem = nameProblem(name);
  if (problem === undefined) return true;
  findings.add('user', name, problem);
  sources.excluded.users.add(name);
  return false;
}

/** Those who registered versions of modules; KBase's first record of each module has none. */
async function inspectUploaders(inspecting: Inspecting): Promise<void> {
  const { sources, findings } = inspecting;
  await inspectPages(inspecting, 'module_info_history', async (page) => {
    for (const info of page.filter((info) => !isFirstRecord(info))) {
      const [module, user] = [text(info, 'moduleName'), text(info, 'uploadUserId')];
      if (assertUser(inspecting, user) || sources.excluded.modules.has(module)) continue;
      findings.add('module', module, `its uploader ${user} can be no user here`);
      sources.excluded.modules.add(module);
    }
  });
}

async function inspectWorkspaces(inspecting: Inspecting): Promise<void> {
  const { sources, findings } = inspecting;
  await inspectPages(inspecting, 'workspaces', async (page) => {
    const finished = page.filter((w) => w.cloning !== true);
    const rows = await sources.workspace.find('workspaceACLs', {
      filter: { id: { $in: finished.map(({ ws }) => ws) }, perm: OWNER_PERMISSION },
    });
    const owners = new Map(rows.map((row) => [row.id, row.user]));
    for (const w of finished) {
      const leaveOut = (why: string) => {
        findings.add('workspace', String(w.ws), why);
        sources.excluded.workspaces.add(Number(w.ws));
      };
      if (!assertUser(inspecting, text(w, 'owner'))) leaveOut(`its owner ${w.owner} can be no user here`);
      else if (owners.get(w.ws) !== w.owner) leaveOut(`its permissions name another owner than ${w.owner}`);
      else if (typeof w.name !== 'string') leaveOut('it has no name');
      else if (!(w.moddate instanceof Date)) leaveOut('it has no moddate');
    }
  });
}

async function inspectPermissions(inspecting: Inspecting): Promise<void> {
  const { findings } = inspecting;
  await inspectPages(inspecting, 'workspaceACLs', async (page) => {
    for (const row of page) {
      const level = Number(row.perm);
      const isFine = row.user === EVERYBODY ? level === 10 : level === OWNER_PERMISSION || LEVELS.has(level);
      if (!isFine) findings.add('permission', `${row.id}/${row.user}`, `the permission ${level} has no meaning`);
      if (row.user !== EVERYBODY) assertUser(inspecting, text(row, 'user'));
    }
  });
}

/** Owners of modules, those who request some, and administrators. */
async function inspectOwners(inspecting: Inspecting): Promise<void> {
  for (const [collection, field] of [
    ['module_owner', 'ownerUserId'],
    ['module_request', 'ownerUserId'],
    ['admins', 'user'],
    ['dyncfg', undefined],
    ['workspaceCounter', undefined],
  ] as const) {
    await inspectPages(inspecting, collection, async (page) => {
      for (const row of page) if (field !== undefined) assertUser(inspecting, text(row, field));
    });
  }
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
  /** Versions that exist, as `ws/id/version`, and data that is there, by checksum. */
  readonly present: LRUCache<string, true>;
}

async function inspectVersions(
  inspecting: Inspecting,
  page: readonly ForeignDocument[],
  { types, present }: Known,
): Promise<void> {
  const { sources, findings } = inspecting;
  for (const v of page) present.set(`${v.ws}/${v.id}/${v.ver}`, true);
  const named = new Set(page.flatMap(referencesOf));
  const unsure = [...named].filter((reference) => !present.has(reference));
  const found = new Set((await existing(sources, unsure)).values());
  for (const reference of found) present.set(reference, true);
  const sizes = await sources.blobs.sizes([...new Set(page.map((v) => text(v, 'chksum')))]);
  const provenances = new Map<string, { readonly user: string; readonly inputs: number }>();
  const filter = { _id: { $in: page.map((v) => v.provenance) } };
  for await (const one of sources.workspace.read('provenance', { filter, fields: ['_id', 'user', 'actions.wsobjs'] })) {
    const inputs = inputsIn((one.actions ?? []) as ForeignDocument[]);
    provenances.set(String(one._id), { user: text(one, 'user'), inputs });
  }
  for (const v of page) {
    if (sources.excluded.hasObject(v.ws, v.id)) continue;
    const leaveOut = (why: string) => {
      findings.add('version', `${v.ws}/${v.id}/${v.ver}`, why);
      sources.excluded.objects.add(`${v.ws}/${v.id}`);
    };
    const provenance = provenances.get(String(v.provenance));
    const size = sizes.get(text(v, 'chksum'));
    const dangling = referencesOf(v).find((reference) => !present.has(reference) && !found.has(reference));
    const type = `${v.tyname}-${v.tymaj}.${v.tymin}`;
    if (provenance === undefined) leaveOut(`its provenance ${v.provenance} is missing`);
    else if (provenance.inputs !== ((v.provrefs ?? []) as unknown[]).length)
      leaveOut('its provenance names another number of inputs than were resolved');
    else if (!assertUser(inspecting, text(v, 'savedby'))) leaveOut(`its saver ${v.savedby} can be no user here`);
    else if (!assertUser(inspecting, provenance.user)) leaveOut(`its creator ${provenance.user} can be no user here`);
    else if (size === undefined) leaveOut(`its data ${v.chksum} is missing in the blob store`);
    else if (size !== v.size) leaveOut(`its data ${v.chksum} has ${size} bytes and should have ${v.size}`);
    else if (dangling !== undefined) leaveOut(`it refers to ${dangling}, which does not exist`);
    else if (!types.has(type)) leaveOut(`its type ${type} is missing`);
  }
}

const referencesOf = (v: ForeignDocument): string[] => [
  ...((v.refs ?? []) as string[]),
  ...((v.provrefs ?? []) as string[]),
  ...(typeof v.copied === 'string' ? [v.copied] : []),
];

/** Those of the references that lead to a version. */
async function existing({ workspace }: Sources, references: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < references.length; i += PAGE) {
    const wanted = references.slice(i, i + PAGE).map((reference) => {
      const [ws, id, ver] = reference.split('/').map(Number);
      return { ws, id, ver };
    });
    if (wanted.length === 0) continue;
    const rows = workspace.read('workspaceObjVersions', { filter: { $or: wanted }, fields: ['ws', 'id', 'ver'] });
    for await (const { ws, id, ver } of rows) found.push(`${ws}/${id}/${ver}`);
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
