import type { CommandStartedEvent, Document, MongoClient } from 'mongodb';

/** One write that the service sent to the database. */
export interface SentWrite {
  readonly collection: string;
  readonly operation: string;
  /** It only raises revisions, as `Transaction.touch` does. */
  readonly isTouch: boolean;
}

/** What the driver sent, as the server gets it. */
export interface SentWrites {
  /** Outside of transactions. */
  readonly outside: SentWrite[];
  /** Of each transaction for which a commit was sent. */
  readonly committed: SentWrite[][];
}

const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify', 'bulkWrite']);

/** Notes from now on what this client writes. It must have been connected with `monitorCommands`. */
export function watchWrites(client: MongoClient): SentWrites & { stop(): void } {
  const outside: SentWrite[] = [];
  const committed: SentWrite[][] = [];
  const open = new Map<string, SentWrite[]>();
  const listener = ({ commandName, command }: CommandStartedEvent) => {
    const key = `${command.lsid?.id?.toString('hex')} ${command.txnNumber}`;
    if (commandName === 'commitTransaction') {
      // It may be asked for more than once.
      const writes = open.get(key);
      if (writes !== undefined) committed.push(writes);
      open.delete(key);
    } else if (WRITES.has(commandName) || writesResult(command)) {
      const write = { collection: String(command[commandName]), operation: commandName, isTouch: isTouch(command) };
      if (command.autocommit !== false) outside.push(write);
      else open.set(key, [...(open.get(key) ?? []), write]);
    }
  };
  client.on('commandStarted', listener);
  return { outside, committed, stop: () => client.off('commandStarted', listener) };
}

/** An aggregation that stores what it finds. */
const writesResult = ({ pipeline }: Document) =>
  Array.isArray(pipeline) && pipeline.some((stage) => '$out' in stage || '$merge' in stage);

const TOUCH = JSON.stringify({ $inc: { revision: 1 } });

const isTouch = ({ updates }: Document) =>
  Array.isArray(updates) && updates.every(({ u }) => JSON.stringify(u) === TOUCH);
