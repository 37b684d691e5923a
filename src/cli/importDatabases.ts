import type { LoadedConfig } from '../base/config/load.ts';
import { databaseSettings } from '../base/config/mongodbHost.ts';
import type { StepContext } from '../domain/imports/step.ts';
import { type ImportSources, openSources } from '../server/importing.ts';
import type { Database } from '../store/database.ts';
import { openDatabase } from '../store/open.ts';
import { stopSignal } from './stopSignal.ts';

/** The databases of an import, and what ends the work with them. */
export interface ImportDatabases {
  readonly sources: Omit<StepContext, 'database' | 'contents'>;
  readonly database: Database;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
  /** Receives a function to stop each part that the work starts. */
  readonly started: (() => Promise<void>)[];
}

/** Opens KBase's databases and the one of this house, and closes them after the work. @throws OperatorError */
export async function withImportDatabases<R>(
  { config }: LoadedConfig,
  from: ImportSources,
  work: (databases: ImportDatabases) => Promise<R>,
): Promise<R> {
  const signal = stopSignal();
  const started: (() => Promise<void>)[] = [];
  try {
    const sources = await openSources(from, started);
    const { database } = await openDatabase(databaseSettings(config), {
      report: (line) => console.error(line),
      started,
    });
    return await work({ sources, database, signal, started });
  } finally {
    for (const stop of started.toReversed()) await stop();
  }
}
