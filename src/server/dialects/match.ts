import { percentDecoded } from '../../base/urls.ts';
import type { Dialect, Route } from './dialect.ts';

const ANY_SEGMENT = /^.+$/s;

type Segment = { readonly literal: string } | { readonly name: string; readonly matches: (text: string) => boolean };

interface Pattern {
  readonly dialect: Dialect;
  readonly path: string;
  readonly segments: readonly Segment[];
  readonly routes: Map<string, Route>;
}

/** A path of a dialect. */
export interface Match {
  readonly dialect: Dialect;
  /** Undefined if the path only has other verbs, or is an unknown one below a root of the dialect. */
  readonly route: Route | undefined;
  /** The other verbs of a path without a route; none for an unknown path. */
  readonly verbs: readonly string[];
  readonly path: Readonly<Record<string, string>>;
}

/** Finds the route for a verb and a path, in the order of the dialects. */
export class Matcher {
  readonly #bySegments = new Map<number, Pattern[]>();
  readonly #dialects: readonly Dialect[];

  constructor(dialects: readonly Dialect[]) {
    this.#dialects = dialects;
    for (const dialect of dialects) {
      for (const route of dialect.routes) {
        for (const path of pathsOf(dialect, route)) this.#add(dialect, route, path);
      }
    }
  }

  /** Undefined if the path belongs to no dialect. */
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
    if (first === undefined) return this.#ownerOf(path);
    return { ...first, verbs: [...new Set(fitting.flatMap((match) => match.verbs))] };
  }

  /** The dialect to which a path belongs that no pattern matches. */
  #ownerOf(path: string): Match | undefined {
    const dialect = this.#dialects.find(({ unknownPaths }) => unknownPaths?.owns(path));
    return dialect && { dialect, route: undefined, verbs: [], path: {} };
  }

  #add(dialect: Dialect, route: Route, path: string): void {
    const segments = path.split('/').map((text) => segmentOf(text, dialect));
    const alike = this.#bySegments.get(segments.length) ?? [];
    this.#bySegments.set(segments.length, alike);
    const present = alike.find((pattern) => pattern.dialect === dialect && pattern.path === path);
    if (present !== undefined) present.routes.set(route.verb, route);
    else alike.push({ dialect, path, segments, routes: new Map([[route.verb, route]]) });
  }
}

/** The names in a pattern, with the words that each may match; without words, any segment. */
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
    const text = percentDecoded(given[i] ?? '');
    const fits = 'literal' in segment ? text === segment.literal : text !== undefined && segment.matches(text);
    if (!fits) return undefined;
    if ('name' in segment && text !== undefined) found[segment.name] = text;
  }
  return found;
}

/** Tests whether a path is one of these roots or lies below one, even with doubled or escaped slashes. */
export function isBelow(roots: readonly string[]): (path: string) => boolean {
  const all = roots.map(segmentsIn);
  return (path) => {
    const given = segmentsIn(percentDecoded(path) ?? path);
    return all.some((root) => root.every((text, i) => given[i] === text));
  };
}

/** All paths of a route. */
function pathsOf({ prefix, optionalSlash }: Dialect, { path }: Route): string[] {
  const paths = prefix === undefined ? [path] : [path, prefix + path];
  return optionalSlash ? paths.flatMap((one) => [one, toggleSlash(one)]) : paths;
}

/** Adds a trailing slash, or removes it. */
const toggleSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : `${path}/`);

const segmentsIn = (path: string): string[] => path.split('/').filter((text) => text !== '' && text !== '.');
