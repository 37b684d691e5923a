import { canBeUser, type Inspecting, inspectPages } from './inspecting.ts';
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
  await inspectDatabase(inspecting);
  if (inspecting.findings.total > 0) return;
  await inspectUploaders(inspecting);
  await inspectModules(inspecting.sources, inspecting.findings);
  await inspectWorkspaces(inspecting);
  await inspectPermissions(inspecting);
  await inspectOwners(inspecting);
  await inspectPages(inspecting, 'workspaceObjects', async () => undefined);
  await inspectVersions(inspecting);
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
    ['dyncfg', undefined],
    ['workspaceCounter', undefined],
  ] as const) {
    await inspectPages(inspecting, collection, async (page) => {
      for (const row of page) if (field !== undefined) canBeUser(inspecting, text(row, field));
    });
  }
}
