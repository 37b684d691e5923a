import { refuse } from '../../base/errors.ts';
import type { Authority } from '../../identity/authority.ts';
import type { Reader } from '../../store/collection.ts';
import { parseReference } from './identify.ts';
import { locate, reading } from './locate.ts';
import { type Reference, referenceTo, versions } from './object.ts';
import { orNull } from './refusals.ts';

/** So many versions one search looks at. */
const MAX_SEARCHED = 10_000;

/** For each version that was seen, the one that it refers to on the way to the target. */
type Trail = Map<Reference, Reference | undefined>;

interface Search {
  readonly trail: Trail;
  /** What was found last, and refers to the target by the fewest steps. */
  frontier: readonly Reference[];
  path: readonly Reference[] | undefined;
}

/**
 * The shortest paths of references to these versions, each from a version that this somebody can read; breadth first, one
 * round of queries for each step of all searches together.
 *
 * @returns by the version that was searched for; nothing for one to which no path leads
 * @throws reference_search_limit
 */
export async function pathsTo(
  reader: Reader,
  who: Authority,
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
    const readable = await readableOf(reader, who, new Set(open().flatMap((s) => s.frontier)));
    for (const search of open()) {
      const head = search.frontier.find((reference) => readable.has(reference));
      if (head !== undefined) search.path = trailFrom(search.trail, head);
    }
  }
  return new Map([...searches].flatMap(([target, { path }]) => (path === undefined ? [] : [[target, path]])));
}

/** One step backwards along the references, to what was not seen before. */
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
 * What refers to these versions in its data or its provenance, by what it refers to; each list in the order of the
 * references.
 *
 * @param most whether there are more than so many is all that is wanted to know
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
    for (const version of await reader.parts(versions, { [field]: { $in: [...references] } }, wanted, options)) {
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
  who: Authority,
  references: ReadonlySet<Reference>,
): Promise<ReadonlySet<Reference>> {
  const named = [...references].map((reference) => [reference, parseReference(reference)] as const);
  if (named.length === 0) return new Set();
  const locator = await locate(
    reader,
    who,
    named.map(([, identifier]) => identifier),
  );
  return new Set(
    named.flatMap(([reference, i]) => (orNull(() => locator.permitted(i, reading)) === null ? [] : [reference])),
  );
}
