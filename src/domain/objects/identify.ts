import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ObjectIdentity } from '../../base/schemas/generated.ts';
import { type Identifier, identifierOf } from '../workspaces/identity.ts';
import { assertObjectName } from './names.ts';
import { inList, withPrefix } from './refusals.ts';

/** An object, or one of its versions, as a caller named it. */
export interface ObjectIdentifier {
  readonly workspace: Identifier;
  readonly name?: string;
  readonly id?: number;
  /** The newest when absent. */
  readonly version?: number;
  /** The name or id as the caller gave it: for messages. */
  readonly given: string;
}

const MAX_VERSION = 2 ** 31 - 1;
/** The keys of an `ObjectIdentity`. */
export const IDENTITY_KEYS = ['workspace', 'wsid', 'name', 'objid', 'ver', 'ref'];

/**
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid
 */
export function objectIdentifierOf(identity: ObjectIdentity | null | undefined): ObjectIdentifier {
  if (identity === null || identity === undefined) throw refuse('object_not_named', 'ObjectIdentity cannot be null');
  const { workspace, wsid, name, objid, ver, ref } = identity;
  if (ref !== undefined) {
    assertNothingBeside(ref, identity);
    return parseReference(ref);
  }
  const place = identifierOf(defined({ workspace, id: wsid }));
  assertOneName(name, objid);
  return checked({ workspace: place, name, id: objid, version: ver });
}

/** An object is named by its name or by its id. @throws object_not_named, object_name_invalid */
export function assertOneName(name: string | undefined, id: number | undefined): void {
  assertOneNaming(name, id);
  if (name !== undefined) assertObjectName(name);
  else if (id !== undefined && id < 1) throw refuse('object_not_named', 'Object id must be > 0');
}

/** The identifiers of a list; errors name the position in it. @throws what objectIdentifierOf throws */
export function objectIdentifiersOf(identities: readonly (ObjectIdentity | null)[] | undefined): ObjectIdentifier[] {
  if (identities === undefined) throw refuse('object_not_named', 'The object identifier list cannot be null');
  if (identities.length === 0) throw refuse('object_not_named', 'No object identifiers provided');
  return identities.map((identity, i) =>
    inList('ObjectIdentity', i, () => {
      assertKnownKeys('ObjectIdentity', identity, IDENTITY_KEYS);
      return objectIdentifierOf(identity);
    }),
  );
}

/** @throws invalid_params */
export function assertKnownKeys(className: string, value: object | null, known: readonly string[]): void {
  const unknown = Object.keys(value ?? {}).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw refuse('invalid_params', `Unexpected arguments in ${className}: ${unknown.slice(0, 20).join(' ')}`);
}

/**
 * `workspace/object` or `workspace/object/version`; workspace and object each by name or by id.
 *
 * @throws reference_invalid, object_not_named, object_name_invalid, workspace_not_named, workspace_name_invalid
 */
export function parseReference(reference: string | null): ObjectIdentifier {
  if (reference === null || reference === '') {
    throw refuse('reference_invalid', 'reference cannot be null or the empty string');
  }
  const parts = reference.trim().split('/');
  while (parts.at(-1) === '') parts.pop();
  const [workspace = '', object = '', version] = parts;
  if (parts.length !== 2 && parts.length !== 3) {
    throw refuse('reference_invalid', `Illegal number of separators '/' in object reference '${reference}'`);
  }
  const place = identifierOf(isInteger(workspace) ? { id: Number(workspace) } : { workspace });
  if (version !== undefined && !isInteger(version)) {
    const what = `Unable to parse version portion of object reference '${reference}' to an integer`;
    throw refuse('reference_invalid', what);
  }
  if (!isInteger(object)) assertObjectName(object);
  return checked({
    workspace: place,
    ...(isInteger(object) ? { id: Number(object) } : { name: object }),
    version: version === undefined ? undefined : Number(version),
  });
}

/**
 * References joined by `;`, of which each object refers to the next; mostly there is only one.
 *
 * @throws what parseReference throws, with the place in the path where there is more than one
 */
export function parseReferencePath(path: string | null): [ObjectIdentifier, ...ObjectIdentifier[]] {
  if (path === null || path === '') {
    throw refuse('reference_invalid', 'refpath cannot be null or the empty string');
  }
  const steps = path.split(';');
  while (steps.length > 1 && steps.at(-1)?.trim() === '') steps.pop();
  if (steps.length === 1) return [parseReference(steps[0] ?? '')];
  const [head, ...rest] = steps.map((step, i) => {
    return withPrefix(`Reference path position ${i + 1}: `, () => parseReference(step));
  });
  return [head as ObjectIdentifier, ...rest];
}

function checked(parts: {
  readonly workspace: Identifier;
  readonly name?: string | undefined;
  readonly id?: number | undefined;
  readonly version?: number | undefined;
}): ObjectIdentifier {
  const { workspace, name, id, version } = parts;
  assertObjectId(id, version);
  return { workspace, ...defined({ name, id, version }), given: name ?? String(id) };
}

/** @throws object_not_named */
export function assertObjectId(id: number | undefined, version: number | undefined): void {
  if (id !== undefined && id < 1) throw refuse('object_not_named', 'Object id must be > 0');
  if (version !== undefined && version < 1) throw refuse('object_not_named', 'Object version must be > 0');
  if (version !== undefined && version > MAX_VERSION) {
    throw refuse('object_not_named', `Maximum object version is ${MAX_VERSION}`);
  }
}

/** @throws object_not_named */
export function assertOneNaming(name: string | undefined, id: number | undefined): void {
  if ((name === undefined) !== (id === undefined)) return;
  const given = `(was: ${name ?? null}) or id (was: ${id ?? null})`;
  throw refuse('object_not_named', `Must provide one and only one of object name ${given}`);
}

/** An object that is named by a reference is named by nothing else. @throws object_not_named */
function assertNothingBeside(ref: string, { workspace, wsid, name, objid, ver }: ObjectIdentity): void {
  const given = [
    ['Workspace', workspace],
    ['Workspace id', wsid],
    ['Object name', name],
    ['Object id', objid],
    ['Version', ver],
  ].flatMap(([what, value]) => (value === undefined ? [] : [`${what}: ${value}`]));
  if (given.length === 0) return;
  const what = `Object reference ${ref} provided; cannot provide any other means of identifying an object.`;
  throw refuse('object_not_named', `${what} ${given.join(' ')}`);
}

const isInteger = (text: string) => /^-?\d+$/.test(text);
