import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import { isUser } from '../../identity/genuineAuthority.ts';
import { wireName } from '../../identity/principal.ts';
import type { Reader } from '../../store/collection.ts';
import type { ReadAccess } from '../access/context.ts';
import type { ObjectIdentifier } from './identify.ts';
import { type Located, type Locator, locate, referenceOf } from './locate.ts';
import { type Reference, versionId, versions } from './object.ts';
import { orNull } from './refusals.ts';
import { pathsTo } from './search.ts';
import type { ObjectRequest } from './specification.ts';

/** A version that may be read, and the path of references to it: only its own, where it can be read by itself. */
export interface Reached extends Located {
  readonly path: readonly Reference[];
}

export interface ObjectReader extends ReadAccess {
  /** Whom messages name, where that is not whose authority counts: the administrator who reads with all rights. */
  readonly named?: Authority;
}

/**
 * The requested versions, by the paths that are given or searched for. Only the first object of a path must be readable
 * and not deleted. The number of queries does not depend on how many are requested, or on how long their paths are.
 *
 * @returns with `ignoreErrors` null for what cannot be reached
 * @throws workspace_missing, workspace_deleted, permission_denied, object_missing, object_deleted,
 *   reference_path_broken, reference_path_missing, reference_search_limit
 */
export async function follow(
  context: ObjectReader,
  requests: readonly ObjectRequest[],
  ignoreErrors: boolean,
): Promise<(Reached | null)[]>;
export async function follow(context: ObjectReader, requests: readonly ObjectRequest[]): Promise<Reached[]>;
export async function follow(
  { reader, authority, named = authority }: ObjectReader,
  requests: readonly ObjectRequest[],
  ignoreErrors = false,
): Promise<(Reached | null)[]> {
  const locator = await locate(
    reader,
    authority,
    requests.flatMap((r) => r.chain),
  );
  const outgoing = await referencesOf(reader, locator, requests);
  const searched = await searchedPaths({ reader, authority }, locator, requests);
  const chained = requests.filter((r) => r.chain.length > 1);
  const reach = (request: ObjectRequest): Reached => {
    const { chain, search } = request;
    if (chain.length > 1) return alongChain(chain, chained.indexOf(request) + 1);
    return search ? searchedFor(chain[0]) : alone(locator.permitted(chain[0], 'read'));
  };
  return requests.map((r) => (ignoreErrors ? orNull(() => reach(r)) : reach(r)));

  function alongChain([head, ...steps]: ObjectRequest['chain'], number: number): Reached {
    let at: Located = locator.permitted(head, 'read');
    let from = head;
    const path = [referenceOf(at)];
    for (const [i, to] of steps.entries()) {
      const next = orNull(() => locator.unchecked(to));
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

  function searchedFor(target: ObjectIdentifier): Reached {
    const readable = orNull(() => locator.permitted(target, 'read'));
    if (readable !== null) return alone(readable);
    const located = orNull(() => locator.unchecked(target));
    const path = located === null ? undefined : searched.get(referenceOf(located));
    if (located !== null && path !== undefined) return { ...located, path };
    const which = target.version === undefined ? 'The latest version' : `Version ${target.version}`;
    const what = `${which} of object ${target.given} in workspace ${target.workspace.given}`;
    const whom = isUser(named) ? `user ${wireName(named.principal)}` : 'anonymous users';
    throw refuse('reference_path_missing', `${what} is not accessible to ${whom}`);
  }
}

const alone = (located: Located): Reached => ({ ...located, path: [referenceOf(located)] });

/** What the versions of all chains refer to, but for the last of each. */
async function referencesOf(
  reader: Reader,
  locator: Locator,
  wanted: readonly ObjectRequest[],
): Promise<ReadonlyMap<Reference, ReadonlySet<Reference>>> {
  const steps = wanted.flatMap((w) => w.chain.slice(0, -1)).flatMap((i) => orNull(() => locator.unchecked(i)) ?? []);
  if (steps.length === 0) return new Map();
  const ids = new Set(steps.map(({ object, version }) => versionId(object.ws, object.id, version)));
  const fields = ['ws', 'id', 'version', 'refs', 'provenanceRefs'] as const;
  const found = await reader.parts(versions, { _id: { $in: [...ids] } }, { fields });
  return new Map(
    found.map((v) => [`${v.ws}/${v.id}/${v.version}`, new Set([...(v.refs ?? []), ...(v.provenanceRefs ?? [])])]),
  );
}

function worded({ given, version, workspace }: ObjectIdentifier, noun: string): string {
  return `${noun} ${given} ${version === undefined ? '' : `version ${version} `}in workspace ${workspace.given}`;
}

/** The paths to those requests with a search that cannot be read by themselves. */
async function searchedPaths(
  { reader, authority }: ReadAccess,
  locator: Locator,
  wanted: readonly ObjectRequest[],
): Promise<ReadonlyMap<Reference, readonly Reference[]>> {
  const hidden = wanted.flatMap(({ search, chain: [target] }) => {
    if (!search || orNull(() => locator.permitted(target, 'read')) !== null) return [];
    return orNull(() => locator.unchecked(target)) ?? [];
  });
  return pathsTo(reader, authority, new Set(hidden.map(referenceOf)));
}
