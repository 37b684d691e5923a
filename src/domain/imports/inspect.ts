import { canBeUser, type Inspecting, inspectPages } from './inspecting.ts';
import { inspectKeys } from './inspectKeys.ts';
import { inspectModules } from './inspectModules.ts';
import { inspectVersions } from './inspectVersions.ts';
import { isKnown, KBASE_TABLES } from './kbaseTables.ts';
import { isFirstRecord } from './moduleRecords.ts';
import { text } from './step.ts';
import { EVERYBODY, LEVELS, OWNER_PERMISSION } from './workspaceStep.ts';

const SCHEMA_VERSION = 2;

/**
 * Reads all of the source before anything is written. What cannot be imported is added to the findings, and to what is
 * left out, with all that belongs to it.
 */
export async function inspect(inspecting: Inspecting): Promise<void> {
  await inspectDatabases(inspecting);
  if (inspecting.findings.total > 0) return;
  await inspectUploaders(inspecting);
  await inspectModules(inspecting.sources, inspecting.findings);
  await inspectWorkspaces(inspecting);
  await inspectPermissions(inspecting);
  await inspectOwners(inspecting);
  for (const collection of ONLY_MAPPED) await inspectPages(inspecting, collection, async () => undefined);
  await inspectVersions(inspecting);
}

/** Collections in which nothing is looked for but fields that the tables do not have, and other values than they want. */
const ONLY_MAPPED = [
  ...['module_version', 'module_type_schema', 'module_type_parse', 'module_func_parse', 'type_refs', 'func_refs'],
  ...['config', 'workspaceObjects', 'dyncfg', 'workspaceCounter'],
];

/** Whether these are KBase's databases, and can be imported at all. */
async function inspectDatabases(inspecting: Inspecting): Promise<void> {
  const { sources, findings } = inspecting;
  await inspectSchema(inspecting);
  for (const database of ['workspace', 'types'] as const) {
    for (const collection of await sources[database].collections()) {
      if (isKnown(database, collection)) continue;
      if (sources.workspace.place === sources.types.place && isKnownAnywhere(collection)) continue;
      const why = isKnownAnywhere(collection)
        ? `this collection belongs to KBase's other database: is --from its workspace database, and --types that of types?`
        : 'this collection is not one of KBase';
      findings.add('database', `${sources[database].place}.${collection}`, why);
    }
  }
  if (findings.total > 0) return;
  await inspectTypesDatabase(inspecting);
  const problem = await sources.blobs.problem();
  if (problem !== undefined) findings.add('database', sources.workspace.place, problem);
  await inspectKeys(inspecting);
}

async function inspectSchema({ sources, findings }: Inspecting): Promise<void> {
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
}

/** An object has a type, so that without types it would be the wrong database. */
async function inspectTypesDatabase({ sources, findings }: Inspecting): Promise<void> {
  const { workspace, types } = sources;
  if ((await types.collections()).includes('module_version')) return;
  if ((await workspace.estimatedCount('workspaceObjVersions')) === 0) return;
  const why = `it has no types: name KBase's database of types (mongodb-type-database in its deploy.cfg) with --types`;
  findings.add('database', types.place, why);
}

const isKnownAnywhere = (collection: string) => KBASE_TABLES.some((table) => table.collection === collection);

/** Those who registered versions of modules; KBase's first record of each module has none. */
async function inspectUploaders(inspecting: Inspecting): Promise<void> {
  const { sources, findings } = inspecting;
  await inspectPages(inspecting, 'module_info_history', async (page) => {
    for (const info of page.filter((info) => !isFirstRecord(info))) {
      const [module, user] = [text(info, 'moduleName'), text(info, 'uploadUserId')];
      if (canBeUser(inspecting, user) || sources.excluded.modules.has(module)) continue;
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
      if (!canBeUser(inspecting, text(w, 'owner'))) leaveOut(`its owner ${w.owner} can be no user here`);
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
      if (row.user !== EVERYBODY) canBeUser(inspecting, text(row, 'user'));
    }
  });
}

/** Owners of modules, those who request some, and administrators. */
async function inspectOwners(inspecting: Inspecting): Promise<void> {
  for (const [collection, field] of [
    ['module_owner', 'ownerUserId'],
    ['module_request', 'ownerUserId'],
    ['admins', 'user'],
  ] as const) {
    await inspectPages(inspecting, collection, async (page) => {
      for (const row of page) canBeUser(inspecting, text(row, field));
    });
  }
}
