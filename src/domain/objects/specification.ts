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
import { inList, within } from './refusals.ts';

/** What of the data is wanted: paths such as `/features/[*]/id`. */
export interface Selection {
  readonly paths: readonly string[];
  readonly strictMaps: boolean;
  readonly strictArrays: boolean;
}

/** One object as a caller wants it. */
export interface Wanted {
  /** From what must be readable, by references, to what is wanted; mostly that alone. */
  readonly chain: readonly [ObjectIdentifier, ...ObjectIdentifier[]];
  /** Look for a chain to it that begins with something readable. */
  readonly search: boolean;
  /** Absent: all of the data. */
  readonly selection?: Selection;
}

const SPECIFICATION = 'ObjectSpecification';
const SUBSET_KEYS = ['included', 'strict_maps', 'strict_arrays'];
const PATH_KEYS = ['obj_path', 'obj_ref_path', 'to_obj_path', 'to_obj_ref_path', 'find_reference_path'];

/**
 * @throws object_not_named, object_name_invalid, reference_invalid, workspace_not_named, workspace_name_invalid,
 *   invalid_params, each of which says which of the list it is
 */
export function wantedOf(specifications: readonly (ObjectSpecification | null)[] | undefined): Wanted[] {
  if (specifications === undefined) {
    throw refuse('object_not_named', 'The object specification list cannot be null');
  }
  if (specifications.length === 0) throw refuse('object_not_named', 'No object specifications provided');
  return specifications.map((specification, i) => {
    if (specification === null) {
      throw refuse('object_not_named', 'Objects in the object specification list cannot be null');
    }
    return inList(SPECIFICATION, i, () => oneWanted(specification));
  });
}

/** What one of these objects that have no path to them is wanted as. */
export const wantedAlone = (identifier: ObjectIdentifier): Wanted => ({ chain: [identifier], search: false });

/** As {@link wantedOf}, of the deprecated method that knows no paths. */
export function wantedParts(identities: readonly (SubObjectIdentity | null)[] | undefined): Wanted[] {
  if (identities === undefined) throw refuse('object_not_named', 'The sub object specification list cannot be null');
  if (identities.length === 0) throw refuse('object_not_named', 'No object specifications provided');
  return identities.map((identity, i) =>
    inList('SubObjectIdentity', i, () => {
      assertKnownKeys('SubObjectIdentity', identity, [...IDENTITY_KEYS, ...SUBSET_KEYS]);
      return { ...wantedAlone(objectIdentifierOf(identity)), ...selectionOf(identity ?? {}) };
    }),
  );
}

/** As {@link wantedOf}, of the deprecated method that takes whole chains. */
export function wantedChains(chains: readonly (readonly (ObjectIdentity | null)[] | null)[]): Wanted[] {
  const wanted = chains.map((identities, i) =>
    within(`Error on object chain #${i + 1}: `, (): Wanted => {
      const [head, ...rest] = objectIdentifiersOf(identities ?? undefined);
      if (head === undefined || rest.length === 0) {
        throw refuse('object_not_named', 'The minimum size of a reference chain is 2 ObjectIdentities');
      }
      return { chain: [head, ...rest], search: false };
    }),
  );
  // The last that KBase complains of: the chains are all right, and there is none.
  if (wanted.length === 0) throw refuse('object_not_named', 'No object identifiers provided');
  return wanted;
}

function oneWanted(specification: ObjectSpecification): Wanted {
  const { ref, find_reference_path: search = 0, ...others } = specification;
  const [first, ...steps] = ref === undefined ? [] : stepsOf(ref);
  assertKnownKeys(SPECIFICATION, specification, [...IDENTITY_KEYS, ...PATH_KEYS, ...SUBSET_KEYS]);
  const object = objectIdentifierOf({ ...others, ...(first === undefined ? {} : { ref: first }) });
  const { obj_path, obj_ref_path, to_obj_path, to_obj_ref_path } = others;
  const given = [obj_path, obj_ref_path, to_obj_path, to_obj_ref_path, steps].filter((l) => (l ?? []).length > 0);
  if (given.length + (search === 0 ? 0 : 1) > 1) {
    const what = 'Only one of the 6 options for specifying an object reference path is allowed';
    throw refuse('invalid_params', what);
  }
  // Positions are those in the whole path, in which the object itself is the first or the last.
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
    within(`Invalid object id at position #${first + i}: `, () => {
      assertKnownKeys('ObjectIdentity', identity, IDENTITY_KEYS);
      return objectIdentifierOf(identity);
    }),
  );
}

function references(path: readonly (string | null)[] = [], first: number): ObjectIdentifier[] {
  return path.map((reference, i) =>
    within(`Invalid object reference (${reference}) at position #${first + i}: `, () => parseReference(reference)),
  );
}

function selectionOf({ included, strict_maps = 0, strict_arrays = 1 }: SubObjectIdentity): {
  readonly selection?: Selection;
} {
  if (included === undefined || included.length === 0) return {};
  const paths = included.map((path) => path ?? '');
  return { selection: { paths, strictMaps: strict_maps !== 0, strictArrays: strict_arrays !== 0 } };
}
