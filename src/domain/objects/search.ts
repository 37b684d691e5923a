import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import { parseReference } from './identify.ts';
import { locate } from './locate.ts';
import { type Reference, referenceTo, versions } from './object.ts';
import { orNull } from './refusals.ts';

/** The most versions that one search looks at. */
const MAX_SEARCHED = 10_000;

/** For each version that was seen, the one that it refers to on the way to the target. */
type Trail = Map<Reference, Reference | undefined>;

interface Search {
  readonly trail: Trail;
  /** The versions found in the last step. */
  frontier: readonly Reference[];
  path: readonly Reference[] | undefined;
}

/**
 * The shortest path of references to each of these versions from one that the caller may read. All searches are breadth
 * first, and share one round of queries for each step.
 *
 * @returns the paths by target; none for a target that no path leads to
 * @throws reference_search_limit
 */
export async function pathsTo(
  reader: Reader,
  authority: Authority,
  targets: ReadonlySet<Reference>,
): Promise<ReadonlyMap<Reference, readonly Reference[]>> {
  const searches = new Map<Reference, Search>();
  for (const target of targets) {
    searches.set(target, { trail: new Map([[target, undefined]]), frontier: [target], path: undefined });
  }
  const open = () => [...searches.values()].filter((s) => s.path === undefined && s.frontier.length > 0);
  let seen = targets.size;
  while (open().length > 0) {
    const reached = new Set(open().flatMap((s) => s.frontier));
    const incoming = await referrersOf(reader, reached, MAX_SEARCHED - seen);
    seen += new Set([...incoming.values()].flat()).size;
    if (seen > MAX_SEARCHED) throw refuse('reference_search_limit');
    for (const search of open()) advance(search, incoming);
    const readable = await readableOf(reader, authority, new Set(open().flatMap((s) => s.frontier)));
    for (const search of open()) {
      const head = search.frontier.find((reference) => readable.has(reference));
      if (head !== undefined) search.path = trailFrom(search.trail, head);
    }
  }
  return new Map([...searches].flatMap(([target, { path }]) => (path === undefined ? [] : [[target, path]])));
}

/** Goes one step back along the references, to versions that were not seen before. */
function advance(search: Search, incoming: ReadonlyMap<Reference, readonly Reference[]>): void {
  const next: Reference[] = [];
  for (const reference of search.frontier) {
    for (const referrer of incoming.get(reference) ?? []) {
      if (search.trail.has(referrer)) continue;
      search.trail.set(referrer, reference);
      next.push(referrer);
    }
  }
  search.frontier = next;
}

function trailFrom(trail: Trail, head: Reference): Reference[] {
  const path: Reference[] = [];
  for (let at: Reference | undefined = head; at !== undefined; at = trail.get(at)) path.push(at);
  return path;
}

/**
 * The versions that refer to each of these in data or provenance, in order.
 *
 * @param most stops soon after this many
 */
export async function referrersOf(
  reader: Reader,
  references: ReadonlySet<Reference>,
  most?: number,
): Promise<ReadonlyMap<Reference, readonly Reference[]>> {
  const referrers = new Map<Reference, Set<Reference>>();
  for (const field of ['refs', 'provenanceRefs'] as const) {
    const wanted = { fields: ['ws', 'id', 'version', field] as const };
    const options = most === undefined ? {} : { limit: most + 1 };
    for (const version of await reader.parts(
      versions,
      { [field]: { $in: [...references] } },
      { ...wanted, ...options },
    )) {
      for (const to of version[field] ?? []) {
        if (references.has(to)) referrers.set(to, (referrers.get(to) ?? new Set()).add(referenceTo(version)));
      }
    }
  }
  return new Map([...referrers].map(([to, from]) => [to, [...from].sort(byNumbers)]));
}

function byNumbers(a: Reference, b: Reference): number {
  const [x, y] = [a.split('/').map(Number), b.split('/').map(Number)];
  const i = x.findIndex((n, j) => n !== y[j]);
  return i === -1 ? 0 : (x[i] ?? 0) - (y[i] ?? 0);
}

async function readableOf(
  reader: Reader,
  authority: Authority,
  references: ReadonlySet<Reference>,
): Promise<ReadonlySet<Reference>> {
  const named = [...references].map((reference) => [reference, parseReference(reference)] as const);
  if (named.length === 0) return new Set();
  const locator = await locate(
    reader,
    authority,
    named.map(([, identifier]) => identifier),
  );
  return new Set(
    named.flatMap(([reference, i]) => (orNull(() => locator.permitted(i, 'read')) === null ? [] : [reference])),
  );
}
