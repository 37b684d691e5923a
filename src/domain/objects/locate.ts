import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Filter, Part, Reader } from '../../store/collection.ts';
import { type Action, accessFields } from '../access/decide.ts';
import { readWorkspaces, type WorkspacePart } from '../workspaces/identity.ts';
import { ownGrant, permit, type Verb } from '../workspaces/permit.ts';
import { isDeleted } from './deleted.ts';
import type { ObjectIdentifier } from './identify.ts';
import { objectId, objects, type Reference, type StoredObject } from './object.ts';
import { orNull, within } from './refusals.ts';

const workspaceFields = [...accessFields, 'undeletions', 'locked', 'modifiedAt'] as const;
const objectFields = ['ws', 'id', 'name', 'latest', 'deleted', 'deletedIn', 'hidden', 'modifiedAt'] as const;

/** What decides over the objects of a workspace. */
export type Place = WorkspacePart<(typeof workspaceFields)[number]>;
export type ObjectPart = Part<StoredObject, (typeof objectFields)[number]>;

/** An object that is there, and which version of it is meant. */
export interface Located {
  readonly workspace: Place;
  readonly object: ObjectPart;
  readonly version: number;
}

/** What is to be done with objects, and KBase's words for it. */
export type Purpose = readonly [Action, Verb];

export const reading: Purpose = ['read', 'read'];

export const referenceOf = ({ object, version }: Located): Reference => `${object.ws}/${object.id}/${version}`;

/** Finds those of the identifiers that it was made for. */
export interface Locator {
  /**
   * The object, which is not deleted, for somebody who may do this with it.
   *
   * @throws workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted
   */
  permitted(identifier: ObjectIdentifier, purpose: Purpose, deletedToo?: boolean): Located;
  /** The object, deleted or not, whoever asks. @throws workspace_missing, object_missing */
  anyhow(identifier: ObjectIdentifier): Located;
  /**
   * The workspace, for somebody who may do this with what is in it, and the object where there is one.
   *
   * @throws workspace_missing, workspace_deleted, permission_denied
   */
  room(identifier: ObjectIdentifier, purpose: Purpose): Room;
}

/** Where an object may be put. */
export interface Room {
  readonly workspace: Place;
  readonly object: ObjectPart | undefined;
}

/** Looks all of them up at once. */
export async function locate(
  reader: Reader,
  who: Authority,
  identifiers: readonly ObjectIdentifier[],
): Promise<Locator> {
  const places = await readWorkspaces(
    reader,
    identifiers.map((i) => i.workspace),
    { fields: workspaceFields, items: ownGrant(who) },
  );
  const found = await readObjects(reader, identifiers, (i) => orNull(() => places(i.workspace, true)));
  const entered = (identifier: ObjectIdentifier, [action, verb]: Purpose): Place =>
    within(`Object ${identifier.given} cannot be accessed: `, () => {
      const place = places(identifier.workspace);
      permit(who, action, verb, identifier.workspace, place);
      return place;
    });
  return {
    permitted(identifier, purpose, deletedToo = false) {
      const workspace = entered(identifier, purpose);
      const located = existing(identifier, workspace, found);
      if (!deletedToo && isDeleted(located.object, workspace)) throw refuse('object_deleted', naming(located));
      return located;
    },
    anyhow: (identifier) => existing(identifier, places(identifier.workspace, true), found),
    room(identifier, purpose) {
      const workspace = entered(identifier, purpose);
      return { workspace, object: found.get(keyOf(identifier, workspace.number)) };
    },
  };
}

function existing(identifier: ObjectIdentifier, workspace: Place, found: ReadonlyMap<string, ObjectPart>): Located {
  const object = found.get(keyOf(identifier, workspace.number));
  const where = `exists in workspace ${workspace.number} (name ${workspace.name})`;
  if (object === undefined) {
    const by = identifier.id === undefined ? 'name' : 'id';
    throw refuse('object_missing', `No object with ${by} ${identifier.given} ${where}`);
  }
  const { version = object.latest } = identifier;
  // Versions are counted from 1, and none is ever taken away.
  if (version > object.latest) {
    const which = `No object with id ${object.id} (name ${object.name}) and version ${version}`;
    throw refuse('object_missing', `${which} ${where}`);
  }
  return { workspace, object, version };
}

/** `Object 1 (name reads) in workspace 2 (name auser:genomes)`. */
function naming({ workspace, object }: Pick<Located, 'workspace' | 'object'>): string {
  return `Object ${object.id} (name ${object.name}) in workspace ${workspace.number} (name ${workspace.name})`;
}

const keyOf = ({ id, name }: Pick<ObjectIdentifier, 'id' | 'name'>, ws: number) =>
  id === undefined ? `${ws}/${name}` : objectId(ws, id);

async function readObjects(
  reader: Reader,
  identifiers: readonly ObjectIdentifier[],
  placeOf: (identifier: ObjectIdentifier) => Place | null,
): Promise<ReadonlyMap<string, ObjectPart>> {
  const ids = new Set<string>();
  const names = new Map<number, Set<string>>();
  for (const identifier of identifiers) {
    const ws = placeOf(identifier)?.number;
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
