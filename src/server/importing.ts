import { Journal } from '../audit/journal.ts';
import type { LoadedConfig } from '../base/config/load.ts';
import { errorFields, type Logger } from '../base/log.ts';
import { VERSION } from '../base/version.ts';
import { type Blobs, FolderBlobs, GridFsBlobs } from '../domain/imports/blobs.ts';
import { Exclusions } from '../domain/imports/exclusions.ts';
import { type Accounts, ImportedUsers } from '../domain/imports/importedUsers.ts';
import type { StepContext } from '../domain/imports/step.ts';
import { Contents } from '../domain/objects/content.ts';
import { KbaseAuthService } from '../identity/kbaseAuthService.ts';
import { KBASE_ISSUER } from '../identity/token.ts';
import type { Database } from '../store/database.ts';
import { ForeignDatabase } from '../store/foreignDatabase.ts';
import { migrate } from '../store/migrations/migrate.ts';
import { FormatWatch } from '../store/migrations/watch.ts';
import { assembleFrom, openSpool, rulesOf } from './composition.ts';
import { openTokens } from './tokens.ts';

/** Data that several versions have is mostly read for versions that follow each other. */
const MAX_REMEMBERED = 5_000;

/** Where an import reads. */
export interface ImportSources {
  /** The address of KBase's workspace database. */
  readonly from: string;
  /** The address of KBase's database of types; by default the same. */
  readonly types?: string;
  /** `gridfs`, or the folder of the files with the data. */
  readonly blobs: string;
}

export interface OpenedImport {
  readonly context: StepContext;
  readonly users: ImportedUsers;
  readonly journal: Journal;
}

interface Opening {
  readonly loaded: LoadedConfig;
  readonly database: Database;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Receives a function to stop each part that was started. */
  readonly started: (() => Promise<void>)[];
}

/** Connects to the databases of KBase. @throws UnfitDatabaseError, OperatorError */
export async function openSources(
  { from, types, blobs }: ImportSources,
  started: Opening['started'],
): Promise<Omit<StepContext, 'database' | 'contents'>> {
  const workspace = await ForeignDatabase.connect(from);
  started.push(() => workspace.close());
  const typeSource = types === undefined ? workspace : await ForeignDatabase.connect(types);
  if (typeSource !== workspace) started.push(() => typeSource.close());
  const store: Blobs = blobs === 'gridfs' ? new GridFsBlobs(workspace) : await FolderBlobs.open(blobs, workspace);
  return { workspace, types: typeSource, blobs: store, excluded: new Exclusions() };
}

/** Prepares the database of this house, as a start of the service does, and puts an import together. */
export async function openImport(
  { loaded, database, log, signal, started }: Opening,
  sources: Omit<StepContext, 'database' | 'contents'>,
  accounts: Accounts,
): Promise<OpenedImport> {
  const { config, secrets } = loaded;
  await migrate({ database, program: VERSION, signal, report: (line) => log.info(line) });
  // Registered, so that another import or instance ends its open transactions if it is killed, and no migration begins.
  const format = await FormatWatch.begin(database, VERSION);
  started.push(() => format.stop());
  const tokens = await openTokens({ config, secrets }, log);
  const parts = { config, secrets, spool: await openSpool(config), database, log };
  const { settled } = await assembleFrom(parts, tokens, undefined);
  started.push(settled);
  const journal = new Journal(database, (error) => log.error('a record could not be stored', errorFields(error)));
  const rules = { ...rulesOf(config), issuers: tokens.issuers };
  const context = { ...sources, database, contents: new Contents(database, MAX_REMEMBERED) };
  return { context, users: new ImportedUsers(accounts, rules), journal };
}

/** The accounts of KBase's auth service, which is asked with the token of any user. */
export function kbaseAccounts(url: string, token: string): Accounts {
  const service = new KbaseAuthService(url);
  return {
    async identitiesOf(names) {
      const existing = await service.existing(token, names);
      return new Map([...existing].map((name) => [name, { issuer: KBASE_ISSUER, subject: name }]));
    },
  };
}

/** Nobody can tell who still has an account: users wait for their first token, which claims their names. */
export const unknownAccounts: Accounts = { identitiesOf: async () => 'unknown' };
