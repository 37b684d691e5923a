import { refuse } from '../../base/errors.ts';
import { cutToCharacters } from '../../base/text.ts';

/** The protocols that Java knows, and so the only ones that the KBase Workspace Service takes. */
const PROTOCOLS = ['http', 'https', 'ftp', 'file', 'jar', 'mailto'];
const PROTOCOL = /^(?:url:)?([a-z][a-z0-9+.-]*):/i;
const MAX_SHOWN = 1_000;

/**
 * The URL under its key, with its protocol in lower case; nothing if it is blank.
 *
 * @param what names the URL in the message
 * @throws object_invalid in the words of Java's parser, as the KBase Workspace Service 0.15 has them
 */
export function urlField<K extends string>(what: string, key: K, url: string | undefined): { [key in K]?: string } {
  if (url === undefined || url.trim() === '') return {};
  const problem = problemWith(url.trim());
  if (problem === undefined) return { [key]: withLowerCaseProtocol(url.trim()) } as { [key in K]?: string };
  const shown = cutToCharacters(url, MAX_SHOWN);
  throw refuse('object_invalid', `Illegal ${what} url '${shown}': ${cutToCharacters(problem, MAX_SHOWN)}`);
}

const withLowerCaseProtocol = (url: string) =>
  url.replace(PROTOCOL, (_, protocol: string) => `${protocol.toLowerCase()}:`);

function problemWith(url: string): string | undefined {
  const [, protocol] = PROTOCOL.exec(url) ?? [];
  if (protocol === undefined) return `no protocol: ${url}`;
  if (!PROTOCOLS.includes(protocol.toLowerCase())) return `unknown protocol: ${protocol.toLowerCase()}`;
  if (/^[^:]+:(\/\/)?$/.test(url)) return `Expected scheme-specific part at index ${protocol.length + 1}: ${protocol}:`;
  const illegal = /[\s"<>\\^`{|}]/.exec(url)?.index;
  if (illegal !== undefined) return `Illegal character in ${placeOf(url, illegal)}: ${url}`;
  const malformed = /%(?![0-9a-f]{2})/i.exec(url)?.index;
  return malformed === undefined ? undefined : `Malformed escape pair at index ${malformed}: ${url}`;
}

/** The part of a URL that this place is in, as Java's URI names it; of an authority, always its beginning. */
function placeOf(url: string, index: number): string {
  const before = url.slice(0, index);
  if (before.includes('#')) return `fragment at index ${index}`;
  if (before.includes('?')) return `query at index ${index}`;
  const authority = /^[^:]+:\/\/(?=[^/]*$)/.exec(before)?.[0];
  return authority === undefined ? `path at index ${index}` : `authority at index ${authority.length}`;
}
