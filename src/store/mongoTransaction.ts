import type { ClientSession } from 'mongodb';
import { AppendedDocuments } from './appendedDocuments.ts';
import { CommandQueue } from './commandQueue.ts';
import type { Database } from './database.ts';
import type { DatabaseReader } from './databaseReader.ts';

/** What all units of work of one MongoDB transaction share. */
export interface MongoTransaction {
  readonly database: Database;
  readonly session: ClientSession;
  readonly reader: DatabaseReader;
  /** Set if units of work run side by side; it sends their commands one at a time. */
  readonly queue: CommandQueue | undefined;
  readonly appended: AppendedDocuments;
  /** How many bytes of BSON were changed. */
  written: number;
  /** Set once the transaction has committed or aborted. */
  ended: boolean;
}

/** @param sideBySide whether units of work run side by side instead of in turn */
export function mongoTransaction(database: Database, session: ClientSession, sideBySide: boolean): MongoTransaction {
  const queue = sideBySide ? new CommandQueue() : undefined;
  const reader = database.readerIn(session, queue);
  return { database, session, reader, queue, appended: new AppendedDocuments(), written: 0, ended: false };
}
