import { refuse, StewardError } from '../../base/errors.ts';
import type { UserAuthority } from '../../identity/authority.ts';
import type { Part, Reader } from '../../store/collection.ts';
import { follow } from './follow.ts';
import { parseReferencePath } from './identify.ts';
import { readVersions } from './info.ts';
import { type Reference, referenceTo, type StoredVersion } from './object.ts';
import { type Wanted, wantedAlone } from './specification.ts';

/** What a reference in data or provenance leads to. */
export interface Resolved {
  readonly reference: Reference;
  /** With its version, and without. */
  readonly type: string;
  readonly typeName: string;
}

/** A version by its reference's text, or why there is none. */
export type Resolution = (text: string) => Resolved;

/**
 * Looks references up as this user, all of them at once: each is `workspace/object/version`, or a path of several, joined
 * by `;`, of which only the first must be readable.
 *
 * @returns what throws for a text: reference_invalid and the like where it cannot be read; object_reference_invalid where
 *   it leads nowhere the user may read
 */
export async function resolveReferences(
  reader: Reader,
  who: UserAuthority,
  texts: Iterable<string>,
): Promise<Resolution> {
  const parsed = new Map<string, Wanted | StewardError>();
  for (const text of texts)
    if (!parsed.has(text))
      parsed.set(
        text,
        orError(() => wantedBy(text)),
      );
  const wanted = [...parsed].flatMap(([text, w]) => (w instanceof StewardError ? [] : [[text, w] as const]));
  const readership = { who };
  const reached =
    wanted.length === 0
      ? []
      : await follow(
          reader,
          readership,
          wanted.map(([, w]) => w),
          true,
        );
  const versionOf = await readVersions(
    reader,
    reached.flatMap((r) => r ?? []),
    ['ws', 'id', 'version', 'type', 'typeName'],
  );
  const found = new Map<string, Resolved | StewardError>();
  for (const [text, one] of parsed) if (one instanceof StewardError) found.set(text, one);
  for (const [i, [text, one]] of wanted.entries()) {
    const there = reached[i] ?? null;
    found.set(text, there === null ? await whyNot(reader, readership, text, one) : resolved(versionOf(there)));
  }
  return (text) => {
    const one = found.get(text);
    if (one === undefined) throw new Error(`the reference ${text} was not looked up`);
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

/** Once more, alone, for its error. */
async function whyNot(
  reader: Reader,
  readership: Parameters<typeof follow>[1],
  text: string,
  wanted: Wanted,
): Promise<StewardError> {
  try {
    await follow(reader, readership, [wanted]);
  } catch (error) {
    if (!(error instanceof StewardError)) throw error;
    const absent = error.reason === 'object_missing' || error.reason === 'object_deleted';
    const what = absent ? 'There is no object with id' : 'No read access to id';
    return refuse('object_reference_invalid', `${what} ${text}: ${error.message}`);
  }
  return refuse('conflict_busy');
}

function wantedBy(text: string): Wanted {
  const [head, ...rest] = parseReferencePath(text);
  return rest.length === 0 ? wantedAlone(head) : { chain: [head, ...rest], search: false };
}

function orError<T>(work: () => T): T | StewardError {
  try {
    return work();
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
}
