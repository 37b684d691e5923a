import { refuse, StewardError } from '../../base/errors.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import type { Part, Reader } from '../../store/collection.ts';
import { follow, type ObjectReader } from './follow.ts';
import { parseReferencePath } from './identify.ts';
import { readVersions } from './info.ts';
import { type Reference, referenceTo, type StoredVersion } from './object.ts';
import { type ObjectRequest, requestFor } from './specification.ts';

/** The version that a reference in data or provenance leads to. */
export interface Resolved {
  readonly reference: Reference;
  /** `Mod.Type-1.0`. */
  readonly type: string;
  /** `Mod.Type`. */
  readonly typeName: string;
}

export type Resolution = (text: string) => Resolved;

/**
 * Resolves references as this user, all at once. Each is `workspace/object/version`, or a path of several joined by
 * `;`, of which only the first object must be readable.
 *
 * @returns a function that throws reference_invalid and the like for a text that cannot be parsed, and
 *   object_reference_invalid for one that leads to nothing that the user may read
 */
export async function resolveReferences(
  reader: Reader,
  authority: UserAuthority,
  texts: Iterable<string>,
): Promise<Resolution> {
  const parsed = new Map([...new Set(texts)].map((text) => [text, orError(() => requestOf(text))]));
  const requests = [...parsed].flatMap(([text, r]) => (r instanceof StewardError ? [] : [[text, r] as const]));
  const context = { reader, authority };
  const targets = requests.map(([, r]) => r);
  const reached = requests.length === 0 ? [] : await follow(context, targets, true);
  const versionOf = await readVersions(
    reader,
    reached.flatMap((r) => r ?? []),
    ['ws', 'id', 'version', 'type', 'typeName'],
  );
  const found = new Map<string, Resolved | StewardError>();
  for (const [text, one] of parsed) if (one instanceof StewardError) found.set(text, one);
  for (const [i, [text, request]] of requests.entries()) {
    const there = reached[i] ?? null;
    found.set(text, there === null ? await errorOf(context, text, request) : resolved(versionOf(there)));
  }
  return (text) => {
    const one = found.get(text);
    if (one === undefined) throw new Error(`the reference ${text} was not resolved`);
    if (one instanceof StewardError) throw one;
    return one;
  };
}

type VersionPart = Part<StoredVersion, 'ws' | 'id' | 'version' | 'type' | 'typeName'>;

const resolved = (version: VersionPart): Resolved => ({
  reference: referenceTo(version),
  type: version.type,
  typeName: version.typeName,
});

/** Follows the reference by itself, for its error. */
async function errorOf(context: ObjectReader, text: string, request: ObjectRequest): Promise<StewardError> {
  try {
    await follow(context, [request]);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const absent = error.reason === 'object_missing' || error.reason === 'object_deleted';
    const what = absent ? 'There is no object with id' : 'No read access to id';
    return refuse('object_reference_invalid', `${what} ${text}: ${error.message}`);
  }
  return refuse('conflict_busy');
}

function requestOf(text: string): ObjectRequest {
  const [head, ...rest] = parseReferencePath(text);
  return rest.length === 0 ? requestFor(head) : { chain: [head, ...rest], search: false };
}

function orError<T>(work: () => T): T | StewardError {
  try {
    return work();
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
}
