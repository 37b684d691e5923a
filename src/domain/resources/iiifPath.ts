import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import { type ResourceType, resourceTypes, rulesOf } from './types.ts';

/**
 * The external id of a IIIF object is its path, such as `/b1/canvas/c1`, without the host and the prefix, which depend
 * on where the service runs.
 */

/** First segments of paths that this service uses itself, or may use. */
const RESERVED: readonly string[] = [
  ...['.well-known', 'account', 'activity', 'administer', 'api', 'assets', 'audit', 'auth', 'change_owner', 'client'],
  ...['collections', 'console', 'datafiles', 'datasets', 'discovery', 'docs', 'electrophysiology', 'favicon.ico'],
  ...['health', 'healthz', 'images', 'login', 'logout', 'metadata', 'metrics', 'openapi.json', 'queue', 'readyz'],
  ...['robots.txt', 'rpc', 'search', 'static', 'status', 'verifyToken', 'version'],
];

/** The first segment of a path: not reserved, and without characters that a URL escapes. */
export const IIIF_IDENTIFIER = new RegExp(
  `^(?!(?:\\.|\\.\\.|${RESERVED.join('|').replaceAll('.', '\\.')})$)[\\w:.,=@~!+-]{1,200}$`,
);
/** As in the University of Toronto's API, a name may also hold `#`, which is `%23` in the path of a request. */
export const IIIF_NAME = /^(?!\.{1,2}$)[\w:.,=@~!+#-]{1,200}$/;

export const isReservedIdentifier = (text: string): boolean => RESERVED.includes(text);

/** The decoded segments of an `@id` or a path, without the host. @throws URIError for a malformed escape */
export function segmentsOf(atId: string): string[] {
  return atId
    .replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
    .split('/')
    .map((segment) => decodeURIComponent(segment.trim()))
    .filter((segment) => segment !== '');
}

/** The path of this type that a text ends in; undefined if there is none. */
function pathIn(type: ResourceType, text: string): string | undefined {
  const [third, second, last] = [undefined, undefined, undefined, ...decoded(text)].slice(-3);
  if (last === undefined || second === undefined) return undefined;
  if (type === 'collection')
    return second === 'collections' && IIIF_NAME.test(last) ? `/collections/${last}` : undefined;
  if (type === 'manifest')
    return last === 'manifest' && IIIF_IDENTIFIER.test(second) ? `/${second}/manifest` : undefined;
  const fits = second === type && third !== undefined && IIIF_IDENTIFIER.test(third) && IIIF_NAME.test(last);
  return fits ? `/${third}/${type}/${last}` : undefined;
}

function decoded(text: string): string[] {
  try {
    return segmentsOf(text);
  } catch {
    return [];
  }
}

/** The external ids that a text may mean: the text itself, and the IIIF path that it ends in. */
export function possibleIds(text: string): string[] {
  const paths = (Object.keys(resourceTypes) as ResourceType[])
    .filter((type) => rulesOf(type).system === 'iiif')
    .flatMap((type) => pathIn(type, text) ?? []);
  return [...new Set([text, ...paths])];
}

/** The external id to look a resource up by: of a IIIF object, the path that the text ends in. */
export function externalIdForLookup(type: ResourceType, text: string): string {
  return rulesOf(type).system === 'iiif' ? (pathIn(type, text) ?? text) : text;
}

/**
 * The external id of a new resource.
 *
 * @throws invalid_params for a IIIF object that no route would reach
 */
export function externalIdToStore(type: ResourceType, text: string): string {
  if (rulesOf(type).system !== 'iiif') return text;
  const path = pathIn(type, text);
  if (path !== undefined) return path;
  const form = { collection: '/collections/<name>', manifest: '/<identifier>/manifest' }[type as string];
  throw refuse(
    'invalid_params',
    `externalId '${cutToCharacters(text, 200)}' must end in ${form ?? `/<identifier>/${type}/<name>`}, and the identifier must not be a reserved one`,
  );
}
