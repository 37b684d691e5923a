import { JsonText } from '../../base/json/jsonText.ts';
import type { People } from '../../identity/people.ts';
import { type InfoPart, objectInfo } from './info.ts';
import type { ObjectPart } from './pages.ts';

/** An object with the version that is shown of it. */
export interface ShownObject {
  readonly object: ObjectPart;
  readonly version: InfoPart;
  readonly workspace: { readonly name: string };
}

/** The JSON of a row, and what it was made of. */
interface Row {
  readonly version: InfoPart;
  readonly workspaceName: string;
  readonly withMeta: boolean;
  readonly epoch: number;
  readonly json: string;
}

/** Rows that were shown before. An object that has changed since is read as another one. */
const cachedRows = new WeakMap<ObjectPart, Row>();

/** Answers are sent in pieces of this many rows. */
const ROWS_PER_PIECE = 500;

/** The tuples `object_info` of these objects, as JSON. */
export async function rowsAsJson(people: People, shown: readonly ShownObject[], withMeta: boolean): Promise<JsonText> {
  const epoch = await people.epoch();
  const cached = ({ object, version, workspace }: ShownObject): string | undefined => {
    const row = cachedRows.get(object);
    if (row?.version !== version || row.workspaceName !== workspace.name) return undefined;
    return row.epoch === epoch && row.withMeta === withMeta ? row.json : undefined;
  };
  const jsons = shown.map(cached);
  const fresh = shown.filter((_, i) => jsons[i] === undefined);
  const nameOf = await people.names(fresh.map(({ version }) => version.savedBy));
  const made = (one: ShownObject): string => {
    const { object, version, workspace } = one;
    const json = JSON.stringify(objectInfo(one, version, { nameOf, withMeta }));
    cachedRows.set(object, { version, workspaceName: workspace.name, withMeta, epoch, json });
    return json;
  };
  const pieces: string[] = [];
  for (let from = 0; from < shown.length; from += ROWS_PER_PIECE) {
    const piece = shown.slice(from, from + ROWS_PER_PIECE).map((one, i) => jsons[from + i] ?? made(one));
    pieces.push(`${from === 0 ? '' : ','}${piece.join(',')}`);
  }
  return new JsonText(['[', ...pieces, ']']);
}
