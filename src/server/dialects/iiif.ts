import type { StewardError } from '../../base/errors.ts';
import { IIIF_IDENTIFIER, IIIF_NAME } from '../../domain/resources/iiifPath.ts';
import type { Dialect, DialectReply, Refusals } from './dialect.ts';
import { iiifAccounts } from './iiifAccounts.ts';
import { iiifObjects, NO_PERMISSION } from './iiifObjects.ts';
import { iiifJson } from './iiifWire.ts';
import { aboutRequest, header, statusOf } from './words.ts';

/* The IIIF API of the University of Toronto Libraries, as its wiki describes it and its server answers. */

const SCHEME = /^JWT(?: +(.*))?$/;
const AUTHENTICATE = { 'WWW-Authenticate': 'JWT realm="api"' };

export const iiif: Dialect = {
  system: 'IIIF',
  security: {
    name: 'iiifToken',
    scheme: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'JWT <the token of /login>' },
  },
  segments: { id: /^[a-zA-Z0-9_:-]+$/, identifier: IIIF_IDENTIFIER, name: IIIF_NAME },
  routes: [...iiifAccounts, ...iiifObjects],
  refusalShape: { type: 'object', additionalProperties: true },
  credential: (headers) => {
    const [matched, token = ''] = SCHEME.exec(header(headers, 'authorization') ?? '') ?? [];
    return { authorization: undefined, ...(matched !== undefined && { credential: { kind: 'staffToken', token } }) };
  },
  refusal: (error) =>
    REFUSALS[error.reason]?.(error) ?? {
      status: statusOf(error),
      body: { [error.kind === 'forbidden' ? 'detail' : 'error']: error.message },
    },
  wrongVerb: (verb, allowed) => ({
    status: 405,
    headers: { Allow: allowed.join(', ') },
    body: { detail: `Method "${verb}" not allowed.` },
  }),
  unknownPaths: {
    owns,
    answer: () => ({ status: 405, headers: { Allow: '' }, body: { error: 'This API endpoint is invalid.' } }),
  },
  write: iiifJson,
};

/** The first segments of the API's paths, which no identifier may be, and the second ones after an identifier. */
const ROOTS: readonly string[] = [
  ...['auth', 'login', 'verifyToken', 'collections', 'search'],
  ...['activity', 'discovery', 'images', 'queue'],
];
const TYPES: readonly string[] = ['manifest', 'sequence', 'canvas', 'annotation', 'list', 'range', 'layer'];

/** Whether a path is one of this API, or resembles one, such as with a doubled slash: it must not count as JSON-RPC. */
function owns(path: string): boolean {
  const [first = '', second = ''] = path.split('/').filter((segment) => segment !== '');
  return (
    ROOTS.includes(first) || /^discovery-\d+$/.test(first) || (IIIF_IDENTIFIER.test(first) && TYPES.includes(second))
  );
}

const unauthenticated = (detail: string): DialectReply => ({ status: 401, headers: AUTHENTICATE, body: { detail } });

const forbidden = (): DialectReply => ({ status: 403, body: { detail: NO_PERMISSION } });
const invalid = ({ message }: StewardError): DialectReply => ({
  status: 422,
  body: { error: aboutRequest(message) },
});
const throttled = ({ args: [seconds] }: StewardError): DialectReply => ({
  status: 429,
  body: { detail: `Request was throttled. Expected available in ${seconds} seconds.` },
});

const REFUSALS: Refusals = {
  token_missing: () => unauthenticated('Authentication credentials were not provided.'),
  token_expired: () => unauthenticated('Signature has expired.'),
  token_outdated: () => unauthenticated('Invalid signature.'),
  account_closed: () => unauthenticated('Invalid signature.'),
  account_disabled: () => unauthenticated('User account is disabled.'),
  token_invalid: () => unauthenticated('Error decoding signature.'),
  not_admin: forbidden,
  rights_required: forbidden,
  command_not_allowed: forbidden,
  staff_fields_invalid: ({ args }) => ({ status: 422, body: args[1] }),
  iiif_fields_invalid: ({ args }) => ({ status: 422, body: { error: args[1] } }),
  name_reserved: ({ message }) => ({ status: 422, body: { username: [message] } }),
  secret_key_missing: invalid,
  secret_key_wrong: invalid,
  staff_name_taken: invalid,
  staff_email_taken: invalid,
  username_taken: invalid,
  iiif_invalid: invalid,
  iiif_search_invalid: invalid,
  invalid_params: invalid,
  too_many_attempts: throttled,
  rate_limited: throttled,
  parse_error: ({ args }) => ({ status: 400, body: { detail: `JSON parse error - ${args[0]}` } }),
  too_big: ({ message }) => ({ status: 413, body: { detail: message } }),
};
