import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { isUser } from '../../identity/genuineAuthority.ts';
import { wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { ObjectIdentifier } from './identify.ts';
import { type Located, type Locator, locate, reading, referenceOf } from './locate.ts';
import { type Reference, versionId, versions } from './object.ts';
import { orNull } from './refusals.ts';
import { pathsTo } from './search.ts';
import type { Wanted } from './specification.ts';

/** A version that may be read, and the references that lead to it: its own alone, where it can be read by itself. */
export interface Reached extends Located {
  readonly path: readonly Reference[];
}

/** Who reads. */
export interface Readership {
  readonly who: Authority;
  /** Whom messages name, where it is another: the administrator who reads with all rights. */
  readonly named?: Authority;
}

/**
 * The versions that are wanted, by the paths that are given or searched for. Only the first object of a path must be
 * readable and there. A given number of look-ups, however many are wanted and however long their paths.
 *
 * @returns with `ignoreErrors` null for what cannot be reached
 * @throws workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted, reference_path_broken,
 *   reference_path_missing, reference_search_limit
 */
export async function follow(
  reader: Reader,
  readership: Readership,
  wanted: readonly Wanted[],
  ignoreErrors: boolean,
): Promise<(Reached | null)[]>;
export async function follow(reader: Reader, readership: Readership, wanted: readonly Wanted[]): Promise<Reached[]>;
export async function follow(
  reader: Reader,
  { who, named = who }: Readership,
  wanted: readonly Wanted[],
  ignoreErrors = false,
): Promise<(Reached | null)[]> {
  const locator = await locate(
    reader,
    who,
    wanted.flatMap((w) => w.chain),
  );
  const outgoing = await referencesOf(reader, locator, wanted);
  const searched = await searchedPaths(reader, who, locator, wanted);
  const chained = wanted.filter((w) => w.chain.length > 1);
  const reach = (w: Wanted): Reached => {
    if (w.chain.length > 1) return alongChain(locator, outgoing, w, chained.indexOf(w) + 1);
    const [target] = w.chain;
    return w.search ? searchedFor(locator, searched, named, target) : alone(locator.permitted(target, reading));
  };
  return wanted.map((w) => (ignoreErrors ? orNull(() => reach(w)) : reach(w)));
}

const alone = (located: Located): Reached => ({ ...located, path: [referenceOf(located)] });

/** What the versions on the way of every chain refer to. */
async function referencesOf(
  reader: Reader,
  locator: Locator,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Reference, ReadonlySet<Reference>>> {
  const steps = wanted.flatMap((w) => w.chain.slice(0, -1)).flatMap((i) => orNull(() => locator.anyhow(i)) ?? []);
  if (steps.length === 0) return new Map();
  const ids = new Set(steps.map(({ object, version }) => versionId(object.ws, object.id, version)));
  const fields = ['ws', 'id', 'version', 'refs', 'provenanceRefs'] as const;
  const found = await reader.parts(versions, { _id: { $in: [...ids] } }, { fields });
  return new Map(
    found.map((v) => [`${v.ws}/${v.id}/${v.version}`, new Set([...(v.refs ?? []), ...(v.provenanceRefs ?? [])])]),
  );
}

function alongChain(
  locator: Locator,
  outgoing: ReadonlyMap<Reference, ReadonlySet<Reference>>,
  { chain: [head, ...steps] }: Wanted,
  number: number,
): Reached {
  let at: Located = locator.permitted(head, reading);
  let from = head;
  const path = [referenceOf(at)];
  for (const [i, to] of steps.entries()) {
    const next = orNull(() => locator.anyhow(to));
    if (next === null || outgoing.get(referenceOf(at))?.has(referenceOf(next)) !== true) {
      const begin = `Reference path #${number} starting with ${worded(head, 'object')}, position ${i + 1}`;
      const lacks = `${worded(from, 'Object')} does not contain a reference to ${worded(to, 'object')}`;
      throw refuse('reference_path_broken', `${begin}: ${lacks}`);
    }
    at = next;
    from = to;
    path.push(referenceOf(at));
  }
  return { ...at, path };
}

function worded({ given, version, workspace }: ObjectIdentifier, noun: string): string {
  return `${noun} ${given} ${version === undefined ? '' : `version ${version} `}in workspace ${workspace.given}`;
}

/** Where a path was searched for that could not be read by itself. */
async function searchedPaths(
  reader: Reader,
  who: Authority,
  locator: Locator,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Reference, readonly Reference[]>> {
  const hidden = wanted.flatMap(({ search, chain: [target] }) => {
    if (!search || orNull(() => locator.permitted(target, reading)) !== null) return [];
    return orNull(() => locator.anyhow(target)) ?? [];
  });
  return pathsTo(reader, who, new Set(hidden.map(referenceOf)));
}

function searchedFor(
  locator: Locator,
  searched: ReadonlyMap<Reference, readonly Reference[]>,
  named: Authority,
  target: ObjectIdentifier,
): Reached {
  const readable = orNull(() => locator.permitted(target, reading));
  if (readable !== null) return alone(readable);
  const located = orNull(() => locator.anyhow(target));
  const path = located === null ? undefined : searched.get(referenceOf(located));
  if (located !== null && path !== undefined) return { ...located, path };
  const which = target.version === undefined ? 'The latest version' : `Version ${target.version}`;
  const what = `${which} of object ${target.given} in workspace ${target.workspace.given}`;
  const whom = isUser(named) ? `user ${wireName(named.principal)}` : 'anonymous users';
  throw refuse('reference_path_missing', `${what} is not accessible to ${whom}`);
}
