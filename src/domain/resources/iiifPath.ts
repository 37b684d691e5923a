import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';
import { type ResourceType, resourceTypes, rulesOf } from './types.ts';

/**
 * The external id of what a IIIF service publishes is its path, such as `/b1/canvas/c1`: never the host or a prefix in
 * front of it, which follow from where the service runs.
 */

/** First segments of paths that are, or may become, this service's own. */
const RESERVED: readonly string[] = [
  ...['.well-known', 'account', 'activity', 'administer', 'api', 'assets', 'audit', 'auth', 'change_owner', 'client'],
  ...['collections', 'console', 'datafiles', 'datasets', 'discovery', 'docs', 'electrophysiology', 'favicon.ico'],
  ...['health', 'healthz', 'images', 'login', 'logout', 'metadata', 'metrics', 'openapi.json', 'queue', 'readyz'],
  ...['robots.txt', 'rpc', 'search', 'static', 'status', 'verifyToken', 'version'],
];

/** The first segment of a path: what needs no escape in a URL, and is not reserved. */
export const IIIF_IDENTIFIER = new RegExp(
  `^(?!(?:\\.|\\.\\.|${RESERVED.join('|').replaceAll('.', '\\.')})$)[\\w:.,=@~!+-]{1,200}$`,
);
/** As in the University of Toronto's API, a name may also hold `#`, which the path of a request has as `%23`. */
export const IIIF_NAME = /^(?!\.{1,2}$)[\w:.,=@~!+#-]{1,200}$/;

export const isReservedIdentifier = (text: string): boolean => RESERVED.includes(text);

/** The segments of an `@id` or a path, decoded and without its host. @throws URIError where they are not escaped rightly */
export function segmentsOf(atId: string): string[] {
  return atId
    .replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
    .split('/')
    .map((segment) => decodeURIComponent(segment.trim()))
    .filter((segment) => segment !== '');
}

/** The path that a text ends in, whatever stands in front; undefined where it does not end in one of this type. */
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

/** What a text may be the id of: the text itself, and the path that it ends in where that is one of IIIF. */
export function idsMeant(text: string): string[] {
  const paths = (Object.keys(resourceTypes) as ResourceType[])
    .filter((type) => rulesOf(type).system === 'iiif')
    .flatMap((type) => pathIn(type, text) ?? []);
  return [...new Set([text, ...paths])];
}

/** The external id by which a resource is looked for: of what IIIF publishes, the path that the text ends in. */
export function externalIdSought(type: ResourceType, text: string): string {
  return rulesOf(type).system === 'iiif' ? (pathIn(type, text) ?? text) : text;
}

/**
 * The external id that a resource is given.
 *
 * @throws invalid_params where it belongs to what IIIF publishes, and no route would reach it
 */
export function externalIdKept(type: ResourceType, text: string): string {
  if (rulesOf(type).system !== 'iiif') return text;
  const path = pathIn(type, text);
  if (path !== undefined) return path;
  const form = { collection: '/collections/<name>', manifest: '/<identifier>/manifest' }[type as string];
  throw refuse(
    'invalid_params',
    `externalId '${cutToCharacters(text, 200)}' must end in ${form ?? `/<identifier>/${type}/<name>`}, with no identifier that is reserved`,
  );
}
