import { refuse } from '../../base/errors.ts';
import type { WorkspaceIdentity } from '../../base/schemas/generated.ts';
import type { Part, Reader, Wanted } from '../../store/collection.ts';
import { RevisionCache } from '../../store/revisionCache.ts';
import { workspaceId } from '../resources/collections.ts';
import { type Workspace, workspaces } from '../resources/resource.ts';
import { assertWorkspaceName } from './names.ts';

/** A workspace as a caller named it. */
export interface Identifier {
  readonly name?: string;
  readonly number?: number;
  /** As the caller gave it, for messages. */
  readonly given: string;
}

/**
 * @throws workspace_not_named, workspace_name_invalid
 */
export function identifierOf(identity: WorkspaceIdentity | null | undefined): Identifier {
  if (identity === null || identity === undefined) {
    throw refuse('workspace_not_named', 'WorkspaceIdentifier cannot be null');
  }
  const { workspace: name, id: number } = identity;
  if ((name === undefined) === (number === undefined)) {
    const given = `(was: ${name ?? null}) or id (was: ${number ?? null})`;
    throw refuse('workspace_not_named', `Must provide one and only one of workspace name ${given}`);
  }
  if (number !== undefined) {
    if (number < 1) throw refuse('workspace_not_named', 'Workspace id must be > 0');
    return { number, given: String(number) };
  }
  assertWorkspaceName(name);
  return { name, given: name };
}

/** Names are looked up with this index, so that the database need not choose one. */
export const BY_NAME = { hint: 'workspace_name' } as const;

/** The fields that are always read, for messages. */
type Always = 'number' | 'name' | 'deleted';
export type WorkspacePart<K extends keyof Workspace> = Part<Workspace, K | Always>;

interface WantedWorkspace<K extends string> extends Wanted<K> {
  readonly deletedToo?: boolean;
}

/**
 * These fields of a workspace.
 *
 * @throws workspace_missing; workspace_deleted unless `deletedToo`
 */
export async function readWorkspace<K extends keyof Workspace & string>(
  reader: Reader,
  identifier: Identifier,
  { deletedToo = false, ...wanted }: WantedWorkspace<K>,
): Promise<WorkspacePart<K>> {
  const { number, name = '' } = identifier;
  const filter = number === undefined ? { name: { $eq: name } } : { _id: { $eq: workspaceId(number) } };
  const [found] = await reader.parts(workspaces, filter, {
    ...withAlways(wanted),
    ...(number === undefined ? BY_NAME : {}),
  });
  return named(reader, present(identifier, found, deletedToo));
}

/** As {@link readWorkspace} for many; the returned function throws the error of a workspace. */
export async function readWorkspaces<K extends keyof Workspace & string>(
  reader: Reader,
  identifiers: readonly Identifier[],
  wanted: Wanted<K>,
): Promise<(identifier: Identifier, deletedToo?: boolean) => WorkspacePart<K>> {
  const ids = identifiers.flatMap(({ number }) => (number === undefined ? [] : [workspaceId(number)]));
  const names = identifiers.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const all = withAlways(wanted);
  const cache = RevisionCache.of(reader);
  const byId = ids.length === 0 ? [] : await cache.parts(workspaces, { _id: { $in: [...new Set(ids)] } }, all);
  const ofNames = { name: { $in: [...new Set(names)] } };
  const byName = names.length === 0 ? [] : await cache.parts(workspaces, ofNames, { ...all, ...BY_NAME });
  const numbered = new Map(byId.map((w) => [w.number, w]));
  const withName = new Map(byName.map((w) => [w.name, w]));
  return (identifier, deletedToo = false) => {
    const { number, name = '' } = identifier;
    const found = number === undefined ? withName.get(name) : numbered.get(number);
    return named(reader, present(identifier, found, deletedToo));
  };
}

function withAlways<K extends string>(wanted: Wanted<K>): Wanted<K | Always> {
  return { ...wanted, fields: [...wanted.fields, 'number', 'name', 'deleted'] };
}

function named<P extends { readonly _id: string; readonly owners?: readonly string[] }>(reader: Reader, found: P): P {
  reader.witness?.(`${workspaces.name}/${found._id}`, found.owners);
  return found;
}

function present<P extends { readonly deleted: boolean }>(
  { name, given }: Identifier,
  found: P | undefined,
  deletedToo: boolean,
): P {
  if (found === undefined) throw refuse('workspace_missing', name === undefined ? 'id' : 'name', given);
  if (found.deleted && !deletedToo) throw refuse('workspace_deleted', given);
  return found;
}

/** @throws workspace_locked */
export function assertUnlocked({ number, name, locked }: Pick<Workspace, 'number' | 'name' | 'locked'>): void {
  if (locked) throw refuse('workspace_locked', number, name);
}
