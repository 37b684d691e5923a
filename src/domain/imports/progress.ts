import { collection, type Stored } from '../../store/collection.ts';

/** Where a step is: the key of the last item that it has imported. */
export type Position = readonly (string | number)[];

export interface StepCount {
  readonly step: string;
  readonly read: number;
  readonly added: number;
  readonly changed: number;
}

/** How far the import of a database is. It changes in the transaction of each part, so that a killed import continues. */
export interface ImportProgress extends Stored {
  /** The hosts and the name of the database. */
  readonly source: string;
  /** How many times all of it was read, this time included. */
  readonly run: number;
  readonly state: 'running' | 'done';
  /** The present step, and how far it is. */
  readonly step: number;
  readonly after?: Position;
  /** Of this run. */
  readonly counts: readonly StepCount[];
  readonly startedAt: Date;
  readonly finishedAt?: Date;
}

export const imports = collection<ImportProgress>('imports', { keyedLists: { counts: 'step' } });

/** The id of the import of a KBase Workspace database; there can be one in a house. */
export const KBASE_IMPORT = 'kbase';
