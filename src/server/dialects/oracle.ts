import type { StewardError } from '../../base/errors.ts';
import type { Dialect, DialectReply } from './dialect.ts';
import { isBelow } from './match.ts';
import { catalogRoutes } from './oracleCatalog.ts';
import { CATALOG, ROOT } from './oracleWire.ts';
import { bearer, open, statusOf, TEXT } from './words.ts';

/**
 * Oracle Analytics' catalog API, as far as who owns content, and who takes care of it, needs it. Every error is
 * `{code, message}`.
 */

export const oracle: Dialect = {
  system: 'Oracle Analytics',
  security: { name: 'oracleToken', scheme: { type: 'http', scheme: 'bearer' } },
  routes: catalogRoutes,
  credential: bearer,
  refusalShape: open({ code: TEXT, message: TEXT }, ['code', 'message']),
  refusal: (error) => said(statusAt(error), codeOf(error), error.message),
  wrongVerb: (_, allowed) => ({
    ...said(405, 'METHOD_NOT_ALLOWED', `Use ${allowed.join(' or ')}`),
    headers: { Allow: allowed.join(', ') },
  }),
  unserved: {
    owns: isBelow([ROOT]),
    answer: () => said(404, 'NOT_FOUND', `There is no such path: those served begin with ${CATALOG}`),
  },
  jsonOnly: true,
};

function said(status: number, code: string, message: string): DialectReply {
  return { status, body: { code, message } };
}

/** Oracle's own codes are not published: these are short, stable, and for programs, as Oracle says codes are. */
function codeOf({ reason, kind }: StewardError): string {
  switch (reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 'UNKNOWN_ACCOUNT';
    case 'recipient_unfit':
      return 'ACCOUNT_NOT_ACTIVE';
    case 'owner_kind_not_allowed':
      return 'OWNER_KIND_NOT_ALLOWED';
    case 'catalog_id_invalid':
      return 'INVALID_ID';
    case 'catalog_type_unknown':
      return 'UNKNOWN_TYPE';
    case 'external_id_taken':
      return 'ITEM_EXISTS';
    case 'resource_cycle':
      return 'FOLDER_CYCLE';
    case 'resource_not_empty':
      return 'FOLDER_NOT_EMPTY';
    case 'too_many_attempts':
    case 'rate_limited':
      return 'TOO_MANY_REQUESTS';
    case 'body_too_slow':
      return 'REQUEST_TIMEOUT';
    case 'too_big':
      return 'PAYLOAD_TOO_LARGE';
    case 'encoding_unsupported':
    case 'media_type_unsupported':
      return 'UNSUPPORTED_MEDIA_TYPE';
    default:
      return CODES[kind];
  }
}

const CODES: Readonly<Record<StewardError['kind'], string>> = {
  invalid: 'BAD_REQUEST',
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  notFound: 'NOT_FOUND',
  conflict: 'CONFLICT',
  busy: 'UNAVAILABLE',
  internal: 'INTERNAL_ERROR',
};

function statusAt(error: StewardError): number {
  switch (error.reason) {
    case 'user_unknown':
    case 'role_unknown':
      return 400;
    default:
      // A conflict is none of Oracle's answers: it is what cannot be done as it was asked.
      return error.kind === 'conflict' ? 400 : statusOf(error);
  }
}
