import type { StewardError } from '../../base/errors.ts';
import { IIIF_IDENTIFIER, IIIF_NAME } from '../../domain/resources/iiifPath.ts';
import type { Dialect, DialectReply } from './dialect.ts';
import { iiifAccounts } from './iiifAccounts.ts';
import { iiifObjects, NO_PERMISSION } from './iiifObjects.ts';
import { iiifJson, withoutCommand } from './iiifWire.ts';
import { header, statusOf } from './words.ts';

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
  refusal,
  wrongVerb: (verb, allowed) => ({
    status: 405,
    headers: { Allow: allowed.join(', ') },
    body: { detail: `Method "${verb}" not allowed.` },
  }),
  unserved: {
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

function refusal(error: StewardError): DialectReply {
  switch (error.reason) {
    case 'token_missing':
      return unauthenticated('Authentication credentials were not provided.');
    case 'token_expired':
      return unauthenticated('Signature has expired.');
    case 'token_outdated':
    case 'account_closed':
      return unauthenticated('Invalid signature.');
    case 'account_disabled':
      return unauthenticated('User account is disabled.');
    case 'token_invalid':
      return unauthenticated('Error decoding signature.');
    case 'not_admin':
    case 'rights_required':
    case 'command_not_allowed':
      return { status: 403, body: { detail: NO_PERMISSION } };
    case 'staff_fields_invalid':
      return { status: 422, body: error.args[1] };
    case 'iiif_fields_invalid':
      return { status: 422, body: { error: error.args[1] } };
    case 'name_reserved':
      return { status: 422, body: { username: [error.message] } };
    case 'secret_key_missing':
    case 'secret_key_wrong':
    case 'staff_name_taken':
    case 'staff_email_taken':
    case 'username_taken':
    case 'iiif_invalid':
    case 'iiif_search_invalid':
    case 'invalid_params':
      return { status: 422, body: { error: withoutCommand(error.message) } };
    case 'too_many_attempts':
    case 'rate_limited':
      return {
        status: 429,
        body: { detail: `Request was throttled. Expected available in ${error.args[0]} seconds.` },
      };
    case 'parse_error':
      return { status: 400, body: { detail: `JSON parse error - ${error.args[0]}` } };
    case 'too_big':
      return { status: 413, body: { detail: error.message } };
    default:
      return { status: statusOf(error), body: { [error.kind === 'forbidden' ? 'detail' : 'error']: error.message } };
  }
}

const unauthenticated = (detail: string): DialectReply => ({ status: 401, headers: AUTHENTICATE, body: { detail } });
