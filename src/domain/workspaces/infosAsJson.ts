import { JsonText } from '../../base/json/jsonText.ts';
import type { Authority } from '../../identity/authority.ts';
import type { People } from '../../identity/people.ts';
import { changedAt, type ShownHead } from './head.ts';
import { type InfoPart, permissionOf, workspaceInfo } from './info.ts';

/** A workspace, with what its objects add to its info. */
export interface ListedWorkspace {
  readonly workspace: InfoPart;
  readonly head: ShownHead;
}

/** The JSON of a tuple, and what it was made of beside the workspace. */
interface Row {
  readonly permission: string;
  readonly changedAt: Date;
  readonly lastObject: number | undefined;
  readonly epoch: number;
  readonly json: string;
}

/** Rows that were shown before. A workspace that has changed since is read as another one. */
const cachedRows = new WeakMap<InfoPart, Row>();

/** The tuples `workspace_info` of these workspaces as the caller sees them, as JSON. */
export async function infosAsJson(
  people: People,
  authority: Authority,
  listed: readonly ListedWorkspace[],
): Promise<JsonText> {
  const epoch = await people.epoch();
  const cached = ({ workspace, head }: ListedWorkspace): string | undefined => {
    const row = cachedRows.get(workspace);
    if (row === undefined || row.epoch !== epoch || row.lastObject !== head?.lastObject) return undefined;
    if (row.changedAt.getTime() !== changedAt(workspace, head).getTime()) return undefined;
    return row.permission === permissionOf(authority, workspace) ? row.json : undefined;
  };
  const jsons = listed.map(cached);
  const fresh = listed.filter((_, i) => jsons[i] === undefined);
  const nameOf = await people.names(fresh.flatMap(({ workspace }) => workspace.owners));
  const made = ({ workspace, head }: ListedWorkspace): string => {
    const json = JSON.stringify(workspaceInfo(authority, workspace, { head, nameOf }));
    const permission = permissionOf(authority, workspace);
    const of = { permission, changedAt: changedAt(workspace, head), lastObject: head?.lastObject };
    cachedRows.set(workspace, { ...of, epoch, json });
    return json;
  };
  return new JsonText([`[${listed.map((one, i) => jsons[i] ?? made(one)).join()}]`]);
}
