import type { Dialect, Route } from './dialect.ts';

const ANY_SEGMENT = /^.+$/s;

type Segment = { readonly literal: string } | { readonly name: string; readonly matches: (text: string) => boolean };

interface Pattern {
  readonly dialect: Dialect;
  readonly segments: readonly Segment[];
  readonly routes: Map<string, Route>;
}

/** A path that belongs to a dialect. */
export interface Match {
  readonly dialect: Dialect;
  /** Undefined where the path has other verbs only, or none. */
  readonly route: Route | undefined;
  /** The verbs that it has, where it does not have the one asked for; none where no route takes it. */
  readonly verbs: readonly string[];
  readonly path: Readonly<Record<string, string>>;
}

/** The tables of all dialects as one, in their order. */
export class Matcher {
  readonly #bySegments = new Map<number, Pattern[]>();
  readonly #rooted: readonly Dialect[];

  constructor(dialects: readonly Dialect[]) {
    this.#rooted = dialects.filter(({ root }) => root !== undefined);
    for (const dialect of dialects) for (const route of dialect.routes) this.#add(dialect, route);
  }

  /** Whose path it is; undefined where it is nobody's. */
  match(verb: string, path: string): Match | undefined {
    const segments = path.split('/');
    const fitting: Match[] = [];
    for (const { dialect, routes, ...pattern } of this.#bySegments.get(segments.length) ?? []) {
      const found = matchOf(pattern, segments);
      if (found === undefined) continue;
      const route = routes.get(verb);
      if (route !== undefined) return { dialect, route, verbs: [], path: found };
      fitting.push({ dialect, route, verbs: [...routes.keys()], path: found });
    }
    const [first] = fitting;
    if (first === undefined) return this.#below(path);
    return { ...first, verbs: [...new Set(fitting.flatMap((match) => match.verbs))] };
  }

  /** The system below whose root a path lies that no route takes, with slashes that stand double or escaped. */
  #below(path: string): Match | undefined {
    const given = segmentsOf(decoded(path) ?? path);
    const dialect = this.#rooted.find(({ root }) => segmentsOf(root?.path ?? '').every((text, i) => given[i] === text));
    return dialect && { dialect, route: undefined, verbs: [], path: {} };
  }

  #add(dialect: Dialect, route: Route): void {
    const segments = route.path.split('/').map((text) => segmentOf(text, dialect));
    const alike = this.#bySegments.get(segments.length) ?? [];
    this.#bySegments.set(segments.length, alike);
    const present = alike.find((p) => p.dialect === dialect && [...p.routes.values()][0]?.path === route.path);
    if (present !== undefined) present.routes.set(route.verb, route);
    else alike.push({ dialect, segments, routes: new Map([[route.verb, route]]) });
  }
}

/** The names in a path, with the words that each may be; all words where there are none. */
export function namesIn(path: string): { readonly name: string; readonly words?: readonly string[] }[] {
  return [...path.matchAll(/\{(\w+)(?::([^}]+))?\}/g)].map(([, name = '', words]) =>
    words === undefined ? { name } : { name, words: words.split('|') },
  );
}

function segmentOf(text: string, { segments = {} }: Dialect): Segment {
  const [found] = namesIn(text);
  if (found === undefined) return { literal: text };
  const { name, words } = found;
  const allowed = segments[name] ?? ANY_SEGMENT;
  return { name, matches: words === undefined ? (given) => allowed.test(given) : (given) => words.includes(given) };
}

function matchOf(
  { segments }: Pick<Pattern, 'segments'>,
  given: readonly string[],
): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const text = decoded(given[i] ?? '');
    if ('literal' in segment ? text !== segment.literal : text === undefined || !segment.matches(text))
      return undefined;
    if ('name' in segment && text !== undefined) found[segment.name] = text;
  }
  return found;
}

const segmentsOf = (path: string): string[] => path.split('/').filter((text) => text !== '' && text !== '.');

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
