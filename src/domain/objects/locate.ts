import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Filter, Part, Reader } from '../../store/collection.ts';
import { accessFields } from '../access/decide.ts';
import { readWorkspaces, type WorkspacePart } from '../workspaces/identity.ts';
import { assertPermitted, ownGrant, type Verb } from '../workspaces/permit.ts';
import { isDeleted } from './deleted.ts';
import type { ObjectIdentifier } from './identify.ts';
import { objectId, objects, type Reference, type StoredObject } from './object.ts';
import { orNull, withPrefix } from './refusals.ts';

const workspaceFields = [...accessFields, 'undeletions', 'locked', 'modifiedAt'] as const;
const objectFields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden', 'modifiedAt'] as const;

export type ObjectWorkspace = WorkspacePart<(typeof workspaceFields)[number]>;
export type ObjectPart = Part<StoredObject, (typeof objectFields)[number]>;

/** An existing object, and the version of it that is meant. */
export interface Located {
  readonly workspace: ObjectWorkspace;
  readonly object: ObjectPart;
  readonly version: number;
}

export const referenceOf = ({ object, version }: Located): Reference => `${object.ws}/${object.id}/${version}`;

/** Finds the objects of the identifiers that it was made for. */
export interface Locator {
  /**
   * The object, if the caller may do this with it and it is not deleted.
   *
   * @throws workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
   */
  permitted(identifier: ObjectIdentifier, verb: Verb, deletedToo?: boolean): Located;
  /** The object, deleted or not, for any caller. @throws workspace_missing, object_missing */
  unchecked(identifier: ObjectIdentifier): Located;
  /**
   * The workspace, if the caller may do this with its objects, and the object if it exists.
   *
   * @throws workspace_missing, workspace_deleted, permission_denied
   */
  destination(identifier: ObjectIdentifier, verb: Verb): Destination;
}

/** Where an object may be put. */
export interface Destination {
  readonly workspace: ObjectWorkspace;
  readonly object: ObjectPart | undefined;
}

/** Looks all of the identifiers up at once. */
export async function locate(
  reader: Reader,
  authority: Authority,
  identifiers: readonly ObjectIdentifier[],
): Promise<Locator> {
  const workspaces = await readWorkspaces(
    reader,
    identifiers.map((i) => i.workspace),
    { fields: workspaceFields, items: ownGrant(authority) },
  );
  const found = await readObjects(reader, identifiers, (i) => orNull(() => workspaces(i.workspace, true)));
  const permittedWorkspace = (identifier: ObjectIdentifier, verb: Verb): ObjectWorkspace =>
    withPrefix(`Object ${identifier.given} cannot be accessed: `, () => {
      const workspace = workspaces(identifier.workspace);
      assertPermitted(authority, { verb, identifier: identifier.workspace, workspace });
      return workspace;
    });
  const named = (identifier: ObjectIdentifier, workspace: ObjectWorkspace): Located => {
    const located = existing(identifier, workspace, found);
    reader.witness?.(`${objects.name}/${located.object._id}`, workspace.owners);
    return located;
  };
  return {
    permitted(identifier, verb, deletedToo = false) {
      const workspace = permittedWorkspace(identifier, verb);
      const located = named(identifier, workspace);
      if (!deletedToo && isDeleted(located.object, workspace)) throw refuse('object_deleted', naming(located));
      return located;
    },
    unchecked: (identifier) => named(identifier, workspaces(identifier.workspace, true)),
    destination(identifier, verb) {
      const workspace = permittedWorkspace(identifier, verb);
      return { workspace, object: found.get(keyOf(identifier, workspace.number)) };
    },
  };
}

function existing(
  identifier: ObjectIdentifier,
  workspace: ObjectWorkspace,
  found: ReadonlyMap<string, ObjectPart>,
): Located {
  const object = found.get(keyOf(identifier, workspace.number));
  const where = `exists in workspace ${workspace.number} (name ${workspace.name})`;
  // A save that KBase never finished has left an object without a version.
  if (object === undefined || object.latest === 0) {
    const by = identifier.id === undefined ? 'name' : 'id';
    throw refuse('object_missing', `No object with ${by} ${identifier.given} ${where}`);
  }
  const { version = object.latest } = identifier;
  // Versions are numbered from 1 and never removed.
  if (version > object.latest) {
    throw refuse('object_missing', `${noVersion(object, version)} ${where}`);
  }
  return { workspace, object, version };
}

/** How a message begins about a version that does not exist. */
export const noVersion = ({ id, name }: ObjectPart, version: number): string =>
  `No object with id ${id} (name ${name}) and version ${version}`;

/** `Object 1 (name reads) in workspace 2 (name auser:genomes)`. */
function naming({ workspace, object }: Pick<Located, 'workspace' | 'object'>): string {
  return `Object ${object.id} (name ${object.name}) in workspace ${workspace.number} (name ${workspace.name})`;
}

const keyOf = ({ id, name }: Pick<ObjectIdentifier, 'id' | 'name'>, ws: number) =>
  id === undefined ? `${ws}/${name}` : objectId(ws, id);

async function readObjects(
  reader: Reader,
  identifiers: readonly ObjectIdentifier[],
  workspaceOf: (identifier: ObjectIdentifier) => ObjectWorkspace | null,
): Promise<ReadonlyMap<string, ObjectPart>> {
  const ids = new Set<string>();
  const names = new Map<number, Set<string>>();
  for (const identifier of identifiers) {
    const ws = workspaceOf(identifier)?.number;
    if (ws === undefined) continue;
    if (identifier.id !== undefined) ids.add(objectId(ws, identifier.id));
    else if (identifier.name !== undefined) names.set(ws, (names.get(ws) ?? new Set()).add(identifier.name));
  }
  const byId = ids.size === 0 ? [] : await readParts(reader, { _id: { $in: [...ids] } });
  const named = [...names].map(([ws, wanted]) => ({ ws, name: { $in: [...wanted] } }));
  const byName = named.length === 0 ? [] : await readParts(reader, named.length === 1 ? named[0] : { $or: named });
  return new Map([
    ...byId.map((o) => [o._id, o] as const),
    ...byName.map((o) => [keyOf({ name: o.name }, o.ws), o] as const),
  ]);
}

const readParts = (reader: Reader, filter: Filter = {}): Promise<ObjectPart[]> =>
  reader.parts(objects, filter, { fields: objectFields });
