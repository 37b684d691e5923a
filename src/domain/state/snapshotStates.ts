import { type Snapshot, snapshotLines } from '../../audit/log/snapshots.ts';
import type { Reader } from '../../store/collection.ts';
import type { DocumentState } from './documentState.ts';

/** The covered fields of a document, as the records say. */
export interface StateAt {
  readonly place: string;
  readonly state: DocumentState;
}

/** What a snapshot says; nothing if there is none. */
export async function* snapshotStates(reader: Reader, snapshot: Snapshot | undefined): AsyncGenerator<StateAt> {
  if (snapshot === undefined) return;
  for await (const line of snapshotLines(reader, snapshot)) yield JSON.parse(line);
}
