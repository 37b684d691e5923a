import { defined } from '../../base/defined.ts';
import { refuse } from '../../base/errors.ts';
import type { ObjectIdentity, ObjectSpecification, SubObjectIdentity } from '../../base/schemas/generated.ts';
import {
  assertKnownKeys,
  IDENTITY_KEYS,
  type ObjectIdentifier,
  objectIdentifierOf,
  objectIdentifiersOf,
  parseReference,
} from './identify.ts';
import { inList, withPrefix } from './refusals.ts';

export interface Selection {
  /** Such as `/features/[*]/id`. */
  readonly paths: readonly string[];
  readonly strictMaps: boolean;
  readonly strictArrays: boolean;
}

/** An object that a caller wants. */
export interface ObjectRequest {
  /** A path of references, from an object that must be readable to the requested one; mostly it has only that. */
  readonly chain: readonly [ObjectIdentifier, ...ObjectIdentifier[]];
  /** Whether to search for a path that begins with a readable object. */
  readonly search: boolean;
  /** All of the data when absent. */
  readonly selection?: Selection;
}

const SPECIFICATION = 'ObjectSpecification';
const SUBSET_KEYS = ['included', 'strict_maps', 'strict_arrays'];
const PATH_KEYS = ['obj_path', 'obj_ref_path', 'to_obj_path', 'to_obj_ref_path', 'find_reference_path'];

/**
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   invalid_params, each with the position in the list
 */
export function objectRequests(specifications: readonly (ObjectSpecification | null)[] | undefined): ObjectRequest[] {
  if (specifications === undefined) {
    throw refuse('object_not_named', 'The object specification list cannot be null');
  }
  if (specifications.length === 0) throw refuse('object_not_named', 'No object specifications provided');
  return specifications.map((specification, i) => {
    if (specification === null) {
      throw refuse('object_not_named', 'Objects in the object specification list cannot be null');
    }
    return inList(SPECIFICATION, i, () => parseRequest(specification));
  });
}

/** A request for an object by itself. */
export const requestFor = (identifier: ObjectIdentifier): ObjectRequest => ({ chain: [identifier], search: false });

/** As {@link objectRequests} for the deprecated method without reference paths. */
export function subsetRequests(identities: readonly (SubObjectIdentity | null)[] | undefined): ObjectRequest[] {
  if (identities === undefined) throw refuse('object_not_named', 'The sub object specification list cannot be null');
  if (identities.length === 0) throw refuse('object_not_named', 'No object identifiers provided');
  return identities.map((identity, i) =>
    inList('SubObjectIdentity', i, () => {
      assertKnownKeys('SubObjectIdentity', identity, [...IDENTITY_KEYS, ...SUBSET_KEYS]);
      return { ...requestFor(objectIdentifierOf(identity)), ...selectionOf(identity ?? {}) };
    }),
  );
}

/** As {@link objectRequests} for the deprecated method that takes whole chains. */
export function chainRequests(chains: readonly (readonly (ObjectIdentity | null)[] | null)[]): ObjectRequest[] {
  const wanted = chains.map((identities, i) =>
    withPrefix(`Error on object chain #${i + 1}: `, (): ObjectRequest => {
      const [head, ...rest] = objectIdentifiersOf(identities ?? undefined);
      if (head === undefined || rest.length === 0) {
        throw refuse('object_not_named', 'The minimum size of a reference chain is 2 ObjectIdentities');
      }
      return { chain: [head, ...rest], search: false };
    }),
  );
  // KBase checks this last.
  if (wanted.length === 0) throw refuse('object_not_named', 'No object identifiers provided');
  return wanted;
}

function parseRequest(specification: ObjectSpecification): ObjectRequest {
  const { ref, find_reference_path: search = 0, ...others } = specification;
  const [first, ...steps] = ref === undefined ? [] : stepsOf(ref);
  assertKnownKeys(SPECIFICATION, specification, [...IDENTITY_KEYS, ...PATH_KEYS, ...SUBSET_KEYS]);
  const object = objectIdentifierOf({ ...others, ...defined({ ref: first }) });
  const { obj_path, obj_ref_path, to_obj_path, to_obj_ref_path } = others;
  const given = [obj_path, obj_ref_path, to_obj_path, to_obj_ref_path, steps].filter((l) => (l ?? []).length > 0);
  if (given.length + (search === 0 ? 0 : 1) > 1) {
    const what = 'Only one of the 6 options for specifying an object reference path is allowed';
    throw refuse('invalid_params', what);
  }
  // Messages number the positions of the whole path, of which the object itself is the first or the last.
  const from = [...identities(to_obj_path, 1), ...references(to_obj_ref_path, 1)];
  const to = [...identities(obj_path, 2), ...references(obj_ref_path, 2), ...references(steps, 2)];
  const [head, ...rest] = [...from, object, ...to];
  return { chain: [head ?? object, ...rest], search: search !== 0, ...selectionOf(specification) };
}

/** The references of a path, `1/2/3;1/4`. */
function stepsOf(ref: string): string[] {
  const steps = ref.trim().split(';');
  while (steps.length > 1 && steps.at(-1) === '') steps.pop();
  return steps.map((step) => step.trim());
}

function identities(path: readonly (ObjectIdentity | null)[] = [], first: number): ObjectIdentifier[] {
  return path.map((identity, i) =>
    withPrefix(`Invalid object id at position #${first + i}: `, () => {
      assertKnownKeys('ObjectIdentity', identity, IDENTITY_KEYS);
      return objectIdentifierOf(identity);
    }),
  );
}

function references(path: readonly (string | null)[] = [], first: number): ObjectIdentifier[] {
  return path.map((reference, i) =>
    withPrefix(`Invalid object reference (${reference}) at position #${first + i}: `, () => parseReference(reference)),
  );
}

function selectionOf({ included, strict_maps = 0, strict_arrays = 1 }: SubObjectIdentity): {
  readonly selection?: Selection;
} {
  if (included === undefined || included.length === 0) return {};
  const paths = included.map((path) => path ?? '');
  return { selection: { paths, strictMaps: strict_maps !== 0, strictArrays: strict_arrays !== 0 } };
}
